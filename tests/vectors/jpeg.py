"""Reference values for views of JPEG files: what Pillow decodes, and what torchvision makes of it.

    python tests/vectors/jpeg.py > tests/vectors/jpeg.json

Needs torch, torchvision, Pillow, numpy and scipy. Of each view, some rows are kept. `bytes` are what
torchvision gives for PIL images, every step rounded to uint8; `fixed` are the same steps on floats, in
65535ths (PIL's own resize of float planes, for torchvision's has no fractional box).
"""
import base64
import io
import json
import sys

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from torchvision.transforms import functional as F
from views import STEPS, encode, gaussian, pil_bytes, render, view

rng = np.random.default_rng(0)


def photograph(height, width):
    """Smooth noise and some sharp edges."""
    noise = lambda sigma: gaussian_filter(rng.normal(size=(height, width, 3)), (sigma, sigma, 0), mode="wrap")
    x = sum(a / a.std() * k for a, k in ((noise(40), 45), (noise(8), 25), (noise(2), 8)))
    x = np.clip(127 + x, 0, 255)
    for _ in range(6):
        top, left = rng.integers(0, height - 20), rng.integers(0, width - 20)
        x[top:top + rng.integers(10, 90), left:left + rng.integers(10, 90)] = rng.integers(0, 256, 3)
    return Image.fromarray(x.astype(np.uint8))


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def files():
    return {
        "photograph": saved(photograph(375, 500), quality=75),
        "gray": saved(photograph(120, 90).convert("L"), quality=85),
        "progressive": saved(photograph(128, 200), quality=80, progressive=True, subsampling="4:2:2"),
        "full chroma": saved(photograph(90, 121), quality=90, subsampling="4:4:4"),
    }


def in_file(crop, extent, frame):
    """The crop's edges (left, upper, right, lower) in pixels of the file, fractions and all."""
    top, left, height, width = crop
    y, x = frame[2] / extent[0], frame[3] / extent[1]
    return (frame[1] + left * x, frame[0] + top * y, frame[1] + (left + width) * x, frame[0] + (top + height) * y)


def resized(image, box, size):
    """Float planes 0 … 1 of a box of the image: pixels that it does not touch do not count."""
    hull = [int(np.floor(box[0] + 1e-6)), int(np.floor(box[1] + 1e-6)), int(np.ceil(box[2] - 1e-6)), int(np.ceil(box[3] - 1e-6))]
    within = tuple(np.clip((box[0] - hull[0], box[1] - hull[1], box[2] - hull[0], box[3] - hull[1]), 0, None))
    planes = [Image.fromarray(np.asarray(c, np.float32), "F") for c in image.crop(hull).split()]
    return np.stack([np.asarray(c.resize((size, size), Image.BILINEAR, box=within)) for c in planes]) / 255


def case(name, image, size, v, rows, extent=None, frame=None):
    whole = extent is None
    extent, frame = extent or [image.height, image.width], frame or [0, 0, image.height, image.width]
    box = in_file(v["crop"].values(), extent, frame)
    x = torch.from_numpy(resized(image, box, size))
    done = render(x, {**v, "crop": dict(top=0, left=0, height=size, width=size)}, size, gaussian, lambda x: F.solarize(x, 128 / 255))
    fixed = np.round(np.clip(done.numpy(), 0, 1)[:, rows] * 65535).astype(np.uint16)
    out = {"file": name, "size": size, "view": v, "rows": rows, "fixed": encode(fixed),
           "extent": dict(zip(["height", "width"], extent)), "frame": dict(zip(["top", "left", "height", "width"], frame))}
    return {**out, "bytes": encode(pil_bytes(image, v, size)[:, rows])} if whole else out


def crop_cases(images):
    plan = [
        ("photograph", 224, [20, 40, 300, 380], {}),
        ("photograph", 224, [100, 331, 120, 169], dict(flip=True)),
        ("photograph", 64, [0, 0, 375, 500], {}),
        ("photograph", 32, [7, 3, 90, 77], {}),
        ("gray", 64, [10, 5, 100, 80], {}),
        ("progressive", 64, [30, 17, 98, 160], dict(flip=True)),
        ("full chroma", 64, [1, 0, 40, 31], {}),
    ]
    cases = [case(name, images[name], size, view(0, crop, **rest), kept(size)) for name, size, crop, rest in plan]
    # Held at 64 px, streamed from the file or a part of it.
    return cases + [
        case("photograph", images["photograph"], 64, view(0, [5, 9, 50, 47]), kept(64), [64, 64], [0, 62.5, 375, 375]),
        case("photograph", images["photograph"], 64, view(0, [2, 3, 60, 58], flip=True), kept(64), [64, 64], [30.25, 101.75, 211.5, 211.5]),
        case("full chroma", images["full chroma"], 64, view(0, [20, 33, 9, 12]), kept(64), [64, 64], [0, 15.5, 90, 90]),
    ]


def chain_cases(images):
    """The whole chain; the hue comes first, second, third and last, twice each."""
    cases = []
    for i in range(8):
        others = [STEPS[k] for k in rng.permutation(3)]
        factors = {s: round(rng.uniform(0.2, 1.8), 3) for s in STEPS[:3]}
        order = others[: i % 4] + ["hue"] + others[i % 4:]
        jitter = {**factors, "hue": round(rng.uniform(-0.2, 0.2), 3), "order": order}
        name, size = [("photograph", 224), ("photograph", 64), ("progressive", 64), ("full chroma", 64)][i // 2]
        image = images[name]
        height, width = (int(rng.integers(n // 3, n)) for n in (image.height, image.width))
        crop = [int(rng.integers(image.height - height + 1)), int(rng.integers(image.width - width + 1)), height, width]
        sigma = round(rng.uniform(0.1, 2), 3) * (i % 3 > 0)
        v = view(0, crop, i % 2 == 1, jitter, i == 5, sigma, i % 4 == 2)
        cases.append(case(name, image, size, v, kept(size)))
    return cases


def kept(size):
    return [0, size // 3, size // 2 + 3, size - 1][: 3 if size > 64 else 4]


sources = files()
images = {name: Image.open(io.BytesIO(file)).convert("RGB") for name, file in sources.items()}
json.dump({
    "files": {name: base64.b64encode(file).decode() for name, file in sources.items()},
    "decoded": {name: encode(np.asarray(images[name])[::37, ::41]) for name in images},
    "crops": crop_cases(images), "chains": chain_cases(images),
}, sys.stdout)
