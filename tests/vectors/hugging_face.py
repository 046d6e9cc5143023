"""Makes hugging_face/: parquet files of images as the library datasets, pyarrow and pandas' users write them.

    python -m pip install datasets==5.2.0 pyarrow==26.0.1 pillow==13.0.0
    python tests/vectors/hugging_face.py

data/*.parquet is what Dataset.push_to_hub puts into a repository: two shards of the training split and
one of the test split, with ClassLabel names in the metadata. plain.parquet has bytes and text, no metadata.
hugging_face.json tells of each row what must be found: its class, and the SHA-256 of its image.
"""

import hashlib
import io
import json
import pathlib

import datasets
import pyarrow
import pyarrow.parquet
from PIL import Image

folder = pathlib.Path(__file__).with_suffix("")
(folder / "data").mkdir(parents=True, exist_ok=True)
classes = ["tabby cat", "black/white dog", "owl"]


def encoded(i, kind):
    image = Image.new("RGB", (4 + i % 3, 4), (40 * i % 256, 10 * i, 255 - 20 * i))
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


rows = {}


def note(name, label, images):
    rows[name] = [
        {"class": c, "sha256": image and hashlib.sha256(image).hexdigest()} for c, image in zip(label, images)
    ]


def shard(name, labels, start, kind):
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "coarse": datasets.ClassLabel(names=["animal"]),
            "label": datasets.ClassLabel(names=classes),
        }
    )
    images = [encoded(start + k, kind) for k in range(len(labels))]
    table = {"image": [{"bytes": b, "path": None} for b in images], "coarse": [0] * len(labels), "label": labels}
    data = datasets.Dataset.from_dict(table, features=features)
    data.to_parquet(str(folder / "data" / f"{name}.parquet"), batch_size=3)  # rows in a group
    note(name, [None if label in (None, -1) else classes[label] for label in labels], images)


shard("train-00000-of-00002", [2, 0, 1, 1, 0, 2, 2], 0, "PNG")
shard("train-00001-of-00002", [0, 0, None, 1], 7, "PNG")
shard("test-00000-of-00001", [-1, 1, -1], 11, "JPEG")

labels, images = ["owl", "cat", None, "owl", "cat"], [encoded(14 + k, "PNG") for k in range(5)]
images[3] = None
plain = pyarrow.table(
    {"img": pyarrow.array(images, pyarrow.binary()), "class": pyarrow.array(labels)}
)
pyarrow.parquet.write_table(plain, folder / "plain.parquet", compression={"img": "zstd", "class": "gzip"}, row_group_size=2)
note("plain", labels, images)

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")
