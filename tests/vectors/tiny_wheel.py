"""Makes tiny_wheel.whl: the layout of a TensorFlow wheel, with libraries of a few bytes.

python3 tests/vectors/tiny_wheel.py
"""

import pathlib
import zipfile

core = ("libtensorflow_cc.so.2", "libtensorflow_cc.2.dylib", "tensorflow_cc.2.dll")
framework = ("libtensorflow_framework.so.2", "libtensorflow_framework.2.dylib", "tensorflow_framework.2.dll")
info = "tensorflow_tiny-1.0.dist-info/"
members = {
    **{"tensorflow/" + name: "core " * 20_000 for name in core},
    **{"tensorflow/" + name: "framework " for name in framework},
    "tensorflow/__init__.py": "",
    info + "METADATA": "Metadata-Version: 2.1\nName: tensorflow-tiny\nVersion: 1.0\n",
    info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
with zipfile.ZipFile(pathlib.Path(__file__).with_suffix(".whl"), "w") as wheel:
    for name, text in members.items():
        wheel.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
