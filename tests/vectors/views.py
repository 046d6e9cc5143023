"""Reference values for lib/views: what torchvision does to PIL images (and to float tensors).

    python tests/vectors/views.py > tests/vectors/views.json

Needs torch, torchvision, Pillow, numpy, scipy and scikit-learn (for its two photographs, CC BY).
`bytes` are what PIL gives: every step rounds to uint8, the blur is PIL's box approximation.
`floats` (whole chains only) are the same steps on float tensors, with a true Gaussian whose weights
are renormalised at the border.
"""
import base64
import json
import sys

import numpy as np
import torch
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_sample_images
from torchvision.transforms import ColorJitter, RandomResizedCrop
from torchvision.transforms import functional as F

STEPS = ["brightness", "contrast", "saturation", "hue"]
rng = np.random.default_rng(0)
torch.manual_seed(0)


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def planar(pil):
    return np.asarray(pil).transpose(2, 0, 1)


def sources():
    china, flower = (Image.fromarray(a) for a in load_sample_images().images)
    smooth = gaussian_filter(rng.normal(size=(32, 32, 3)), (3, 3, 0), mode="wrap")
    smooth = np.clip(127 + 80 * smooth / smooth.std(), 0, 255).astype(np.uint8)
    square = lambda image, left, size: image.crop((left, 0, left + 427, 427)).resize((size, size))
    return {
        "china64": square(china, 0, 64),
        "flower64": square(flower, 100, 64),
        "china32": square(china, 200, 32),
        "flower32": square(flower, 100, 32),
        "smooth32": Image.fromarray(smooth),
    }


def view(size, crop=None, flip=False, jitter=None, grayscale=False, sigma=0, solarize=False):
    crop = crop or [0, 0, size, size]
    jitter = jitter and {**{s: 0 if s == "hue" else 1 for s in STEPS}, "order": STEPS, **jitter}
    return {"crop": dict(zip(["top", "left", "height", "width"], crop)), "flip": flip,
            "jitter": jitter, "grayscale": grayscale, "sigma": sigma, "solarize": solarize}


def render(image, v, size, blur, solarize):
    x = F.resized_crop(image, *v["crop"].values(), [size, size], antialias=True)
    x = F.hflip(x) if v["flip"] else x
    for step in v["jitter"]["order"] if v["jitter"] else []:
        x = getattr(F, "adjust_" + step)(x, v["jitter"][step])
    x = F.rgb_to_grayscale(x, 3) if v["grayscale"] else x
    x = blur(x, v["sigma"]) if v["sigma"] else x
    return solarize(x) if v["solarize"] else x


def pil_bytes(image, v, size):
    blur = lambda x, sigma: x.filter(ImageFilter.GaussianBlur(sigma))
    return planar(render(image, v, size, blur, lambda x: F.solarize(x, 128)))


def gaussian(x, sigma):
    smooth = lambda a: gaussian_filter(a, (0, sigma, sigma), mode="constant", truncate=20)
    x = x.double().numpy()
    return torch.from_numpy(smooth(x) / smooth(np.ones_like(x))).float()


def floats(image, v, size):
    x = torch.from_numpy(planar(image).copy()).float() / 255
    return render(x, v, size, gaussian, lambda x: F.solarize(x, 128 / 255)).numpy()


def single_ops(images):
    j = lambda **factor: dict(jitter=factor)
    plan = [
        ("resized crop", 32, "china64", dict(crop=[5, 9, 50, 47])),
        ("resized crop", 32, "flower64", dict(crop=[20, 30, 18, 22], flip=True)),
        ("resized crop", 32, "china64", dict(crop=[0, 0, 64, 64], flip=True)),
        ("resized crop", 32, "flower64", dict(crop=[31, 2, 33, 61])),
        ("resized crop", 32, "smooth32", dict(crop=[3, 12, 9, 12])),
        ("resized crop", 64, "flower64", dict(crop=[10, 4, 30, 40])),
        *[("brightness", 32, "china32", j(brightness=f)) for f in (0.3, 1.7)],
        *[("contrast", 32, "flower32", j(contrast=f)) for f in (0.3, 1.7)],
        *[("saturation", 32, "flower32", j(saturation=f)) for f in (0.3, 1.7)],
        *[("hue", 32, s, j(hue=h)) for s, h in
          (("smooth32", 0.05), ("flower32", -0.05), ("china32", 0.1), ("smooth32", -0.2), ("flower32", 0.2))],
        ("grayscale", 32, "flower32", dict(grayscale=True)),
        *[("blur", 32, "china32", dict(sigma=s)) for s in (0.4, 0.8, 2.0)],
        ("solarize", 32, "china32", dict(solarize=True)),
        ("solarize", 32, "smooth32", dict(solarize=True)),
    ]
    return [{"op": op, "image": name, "size": size, "view": view(images[name].height, **v),
             "bytes": encode(pil_bytes(images[name], view(images[name].height, **v), size))}
            for op, size, name, v in plan]


def chains(images):
    """The whole chain; the hue comes first, second, third and last, twice each."""
    cases = []
    for i in range(8):
        others = [STEPS[k] for k in rng.permutation(3)]
        order = others[: i % 4] + ["hue"] + others[i % 4:]
        name = ["china64", "flower64"][i // 4]
        crop = RandomResizedCrop.get_params(images[name], (0.08, 1), (3 / 4, 4 / 3))
        factors = {s: round(rng.uniform(0.2, 1.8), 3) for s in STEPS[:3]}
        jitter = {**factors, "hue": round(rng.uniform(-0.2, 0.2), 3), "order": order}
        v = view(64, crop, i % 2 == 1, jitter, i == 5, round(rng.uniform(0.1, 1.6), 3) * (i % 3 > 0), i % 4 == 2)
        cases.append({"image": name, "size": 32, "view": v,
                      "bytes": encode(pil_bytes(images[name], v, 32)), "floats": encode(floats(images[name], v, 32))})
    return cases


def crop_statistics(n=10000):
    """Mean and standard deviation of torchvision's crops, and what it falls back to."""
    out = []
    for height, width, scale in ((64, 64, (0.08, 1)), (32, 32, (0.5, 1)), (48, 96, (0.3, 1))):
        image = torch.empty(3, height, width)
        draws = np.array([RandomResizedCrop.get_params(image, scale, (3 / 4, 4 / 3)) for _ in range(n)], float)
        top, left, h, w = draws.T
        values = {"top": top, "left": left, "area": h * w, "logAspect": np.log(w / h)}
        out.append({"height": height, "width": width, "scale": scale, "n": n,
                    **{k: [float(x.mean()), float(x.std())] for k, x in values.items()}})
    return out


def fallbacks():
    sizes = ((20, 100), (100, 21), (10, 13), (33, 50))
    get = lambda h, w: RandomResizedCrop.get_params(torch.empty(3, h, w), (4, 5), (3 / 4, 4 / 3))
    return [{"height": h, "width": w, "crop": get(h, w)} for h, w in sizes]


def jitter_ranges():
    out = []
    for strength in (0.5, 1, 1.5):
        jitter = ColorJitter(*(strength * x for x in (0.8, 0.8, 0.8, 0.2)))
        out.append({"strength": strength, **{s: getattr(jitter, s) for s in STEPS}})
    return out


if __name__ == "__main__":
    images = sources()
    json.dump({
        "images": {k: {"height": v.height, "width": v.width, "bytes": encode(planar(v))} for k, v in images.items()},
        "ops": single_ops(images), "chains": chains(images),
        "crops": crop_statistics(), "fallbacks": fallbacks(), "jitter": jitter_ranges(),
    }, sys.stdout, indent=1)
