"""Reference values for lib/datasets/transformations: corruptions.json.

    python -m pip install imagecorruptions==1.1.2 opencv-python-headless==4.14.0.94 "setuptools<81" \\
        scikit-image==0.26.0 scikit-learn==1.9.1 torch==2.15.0 torchvision==0.29.2
    python tests/vectors/corruptions.py

Each case is what the libraries of Hendrycks & Dietterich's published code give for its parameters
(scikit-image, OpenCV, scipy, PIL), rounded to the nearest byte where theirs cuts. The kernels, the
motion blur (theirs calls ImageMagick) and the plasma are those of imagecorruptions, Michaelis et al.
2019. Variations: scipy's affine_transform, torchvision on float tensors.

Pillow 13.0.0, numpy 2.4.6, scipy 1.17.1
"""

import base64
import io
import json
import pathlib

import cv2
import numpy as np
import torch
from PIL import Image
from scipy.ndimage import affine_transform, gaussian_filter, zoom
from skimage.color import hsv2rgb, rgb2hsv
from sklearn.datasets import load_sample_images
from torchvision.transforms import functional as F

np.float_ = np.float64  # imagecorruptions is older than numpy 2
from imagecorruptions import corruptions as published  # noqa: E402


def brightness(x, added):
    hsv = rgb2hsv(x)
    hsv[..., 2] = np.clip(hsv[..., 2] + added, 0, 1)
    return hsv2rgb(hsv)


def contrast(x, factor):
    means = x.mean(axis=(0, 1), keepdims=True)
    return (x - means) * factor + means


def saturate(x, factor, added):
    hsv = rgb2hsv(x)
    hsv[..., 1] = np.clip(hsv[..., 1] * factor + added, 0, 1)
    return hsv2rgb(hsv)


def defocus_blur(x, radius, smoothing):
    return cv2.filter2D(x, -1, published.disk(radius, smoothing))


def motion_blur(x, radius, sigma, angle):
    return published._motion_blur(x, radius, sigma, angle)


def zoom_blur(x, most, step):
    height, width = x.shape[:2]
    factors = np.arange(1, most, step)
    total = x.copy()
    for factor in factors:
        part = [int(np.ceil(n / factor)) for n in (height, width)]
        top, left = (height - part[0]) // 2, (width - part[1]) // 2
        large = zoom(x[top:top + part[0], left:left + part[1]], (factor, factor, 1), order=1)
        top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
        total += large[top:top + height, left:left + width]
    return total / (len(factors) + 1)


def pixelate(x, part):
    image = Image.fromarray(np.uint8(np.rint(255 * x)))
    width, height = image.size
    small = image.resize((int(width * part), int(height * part)), Image.BOX)
    return np.asarray(small.resize((width, height), Image.BOX)) / 255


def jpeg_compression(x, quality):
    file = io.BytesIO()
    Image.fromarray(np.uint8(np.rint(255 * x))).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)) / 255


def moved(x, matrix):
    """matrix: from places in the result to places in the image, about the middle; (row, column)."""
    middle = (np.array(x.shape[:2]) - 1) / 2
    offset = middle - matrix @ middle
    plane = lambda c: affine_transform(x[..., c], matrix, offset, order=1, mode="mirror")
    return np.stack([plane(c) for c in range(3)], axis=2)


def rotation(x, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return moved(x, np.array([[c, -s], [s, c]]))


def scale(x, factor):
    return moved(x, np.eye(2) / factor)


def on_tensor(change):
    return lambda x, *parameters: change(torch.tensor(x).permute(2, 0, 1), *parameters).permute(1, 2, 0).numpy()


# The parameters: all of CIFAR-10-C, some of Tiny-ImageNet-C and ImageNet-C, by severity.
CASES = {
    "brightness": (brightness, {32: [[.05], [.1], [.15], [.2], [.3]], 64: {4: [.4]}, 224: {5: [.5]}}),
    "contrast": (contrast, {32: [[.75], [.5], [.4], [.3], [.15]], 64: {2: [.3]}, 224: {5: [.05]}}),
    "saturate": (saturate, {32: [[.3, 0], [.1, 0], [1.5, 0], [2, .1], [2.5, .2]], 64: {5: [30, .2]}, 224: {5: [20, .2]}}),
    "defocusBlur": (defocus_blur, {
        32: [[.3, .4], [.4, .5], [.5, .6], [1, .2], [1.5, .1]],
        64: {1: [.5, .6], 4: [2.5, .01]}, 224: {1: [3, .1], 4: [8, .5], 5: [10, .5]},
    }),
    "zoomBlur": (zoom_blur, {
        32: [[1.06, .01], [1.11, .01], [1.16, .01], [1.21, .01], [1.26, .01]],
        64: {3: [1.16, .01]},
        224: [[1.11, .01], [1.16, .01], [1.21, .02], [1.26, .02], [1.31, .03]],
    }),
    "pixelate": (pixelate, {32: [[.95], [.9], [.85], [.75], [.65]], 64: {2: [.8]}, 224: {3: [.4], 5: [.25]}}),
    "jpegCompression": (jpeg_compression, {32: [[80], [65], [58], [50], [40]], 64: {5: [25]}, 224: {3: [15], 5: [7]}}),
}
MOTION = [[6, 1, 17], [6, 1.5, -33], [8, 2, 44], [9, 2.5, -8], [10, 3, 0]]
VARIATIONS = {
    "rotation": (rotation, [15, -30, 90, 200]),
    "scale": (scale, [1.5, 2, 0.6]),
    "hue": (on_tensor(F.adjust_hue), [0.1, -0.35, 0.5]),
    "grayscale": (on_tensor(lambda x, part: F.adjust_saturation(x, 1 - part)), [0.4, 1]),
}


def images():
    """A flower; a roof with odd sides, a line of it; whites, blacks, grays, ties between channels."""
    china, flower = (Image.fromarray(a) for a in load_sample_images().images)
    levels = np.array([0, 0, 1, 60, 60, 128, 200, 254, 255, 255], np.uint8)
    rng = np.random.default_rng(1)
    return {
        "flower": np.asarray(flower.crop((100, 0, 527, 427)).resize((24, 24))),
        "roof": np.asarray(china.crop((40, 60, 540, 427)).resize((27, 21))),
        "line": np.asarray(china.crop((40, 160, 264, 161))),
        "levels": levels[rng.integers(0, len(levels), (16, 16, 3))],
    }


def encode(x):
    """Planes of bytes, from values in 0 … 1."""
    values = np.uint8(np.rint(255 * np.clip(x, 0, 1)))
    return base64.b64encode(np.ascontiguousarray(values.transpose(2, 0, 1)).tobytes()).decode()


def cases(photographs):
    on = lambda name: photographs[name] / 255
    for kind, (change, published) in CASES.items():
        for side, parameters in published.items():
            severities = parameters.items() if isinstance(parameters, dict) else enumerate(parameters, 1)
            for severity, values in severities:
                names = ["flower", "roof", "levels"] if severity == 5 else ["flower"]
                if (kind, side) == ("zoomBlur", 224):
                    names = ["line"]
                for image in names:
                    result = encode(change(on(image).copy(), *values))
                    yield {"kind": kind, "side": side, "severity": severity, "image": image, "bytes": result}


def plasma(side, decay, count=400):
    """Means over many maps: of the values, of their deviation, and of steps to the next pixel."""
    np.random.seed(7)
    maps = np.stack([published.plasma_fractal(side, decay) for _ in range(count)])
    steps = np.abs(maps - np.roll(maps, 1, axis=2)).mean(axis=(1, 2))
    values = {"mean": maps.mean(axis=(1, 2)), "deviation": maps.std(axis=(1, 2)), "step": steps}
    means = {name: [float(v.mean()), float(v.std() / np.sqrt(count))] for name, v in values.items()}
    return {"side": side, "decay": decay, **means}


def main():
    photographs = images()
    on = lambda name: photographs[name] / 255
    field = on("roof")[..., 0]
    reference = {
        "images": {
            name: {"height": x.shape[0], "width": x.shape[1], "bytes": encode(x / 255)}
            for name, x in photographs.items()
        },
        "corruptions": list(cases(photographs)),
        "motion": [
            {"parameters": p, "image": "roof", "bytes": encode(motion_blur(on("roof"), *p))}
            for p in MOTION
        ],
        "variations": [
            {"kind": kind, "magnitude": magnitude, "image": name, "bytes": encode(change(on(name), magnitude))}
            for kind, (change, magnitudes) in VARIATIONS.items()
            for magnitude in magnitudes for name in (["roof", "levels"] if kind in ("hue", "grayscale") else ["roof"])
        ],
        "smoothing": [
            {"sigma": sigma, "values": [round(float(v), 6) for v in gaussian_filter(field, sigma, mode="reflect", truncate=3).ravel()]}
            for sigma in [0.7, 3, 30]
        ],
        "plasma": [plasma(*p) for p in [(32, 3), (32, 2), (64, 1.75), (64, 1.4)]],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(reference, indent=1) + "\n")
    print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
