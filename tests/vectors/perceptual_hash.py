"""Perceptual hashes of gray pictures, by imagehash 4.3.2 (pip install imagehash)."""

import base64
import json
import pathlib

import imagehash
import numpy as np
from PIL import Image, ImageFilter


def main():
    rng = np.random.default_rng(5)
    cases = []
    for radius in [0, 1, 2, 4, 6, 8]:
        noise = Image.fromarray(rng.integers(0, 256, (32, 32), dtype=np.uint8))
        gray = np.asarray(noise.filter(ImageFilter.GaussianBlur(radius)))
        bits = imagehash.phash(Image.fromarray(gray)).hash.flatten()
        cases.append({
            "gray": base64.b64encode(gray.tobytes()).decode(),
            "bits": "".join("1" if bit else "0" for bit in bits),
        })
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
