"""Miniatures of known image sets, and what torchvision (0.29.2) and pycocotools read of them.

    python tests/vectors/sources.py

The files of each set stand in sources.json as they lie in its archive, zlib in base64; images that
are files of their own are left empty there, as a source lists them and does not decode them. CIFAR's
binary version is held against torchvision's reading of the pickled one, made of the same arrays.
scipy writes meta.mat of ImageNet's devkit, in three ways; the archives are those that torchvision
expects, in miniature.
"""

import base64
import hashlib
import io
import json
import pickle
import tarfile
import tempfile
import zlib
from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image
from scipy.io.matlab import _mio5
from torchvision import datasets

from common import save

packed = lambda data: base64.b64encode(zlib.compress(data, 9)).decode()
digest = lambda image: hashlib.sha256(np.asarray(image).tobytes()).hexdigest()[:16]


def jpeg():
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG")
    return buffer.getvalue()


def write(root, files):
    """Writes files; an empty one becomes a JPEG."""
    for name, data in files.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data or jpeg())


def vector(files, classes, splits):
    return {"files": {name: packed(data) for name, data in files.items()}, "classes": classes, "splits": splits}


def pattern(n, side, seed):
    """[n, 3, side, side]: channels, rows and columns differ, and it compresses well."""
    i, c, y, x = np.ogrid[:n, :3, :side, :side]
    return ((i * 31 + c * 67 + y * 3 + x + seed) % 256).astype(np.uint8)


def cifar10():
    names = ["airplane", "automobile", "bird"]
    root, files, lists = Path(tempfile.mkdtemp()), {}, {}
    batches = {f"data_batch_{k}": [k % 3, (k + 1) % 3] for k in range(1, 6)} | {"test_batch": [2, 0, 1]}
    for k, (name, labels) in enumerate(batches.items()):
        pixels = pattern(len(labels), 32, 5 * k).reshape(len(labels), -1)
        files[f"cifar-10-batches-bin/{name}.bin"] = b"".join(bytes([l]) + p.tobytes() for l, p in zip(labels, pixels))
        write(root, {f"cifar-10-batches-py/{name}": pickle.dumps({"data": pixels, "labels": labels})})
    files["cifar-10-batches-bin/batches.meta.txt"] = ("\n".join(names) + "\n\n").encode()
    write(root, {"cifar-10-batches-py/batches.meta": pickle.dumps({"label_names": names})})

    class Small(datasets.CIFAR10):
        train_list = [[name, None] for name in list(batches)[:5]]
        test_list = [["test_batch", None]]
        meta = {**datasets.CIFAR10.meta, "md5": None}

    read = {split: Small(root, train=split == "train") for split in ("train", "test")}
    splits = {split: [{"labels": [l], "pixels": digest(p)} for p, l in data] for split, data in read.items()}
    return vector(files, read["train"].classes, splits)


def cifar100():
    names = ["apple", "aquarium_fish", "baby"]
    root, files = Path(tempfile.mkdtemp()), {}
    for k, (name, labels) in enumerate({"train": [1, 0, 2], "test": [2, 1]}.items()):
        coarse = [l % 2 for l in labels]
        pixels = pattern(len(labels), 32, 9 * k).reshape(len(labels), -1)
        files[f"cifar-100-binary/{name}.bin"] = b"".join(bytes([c, l]) + p.tobytes() for c, l, p in zip(coarse, labels, pixels))
        write(root, {f"cifar-100-python/{name}": pickle.dumps({"data": pixels, "fine_labels": labels, "coarse_labels": coarse})})
    files["cifar-100-binary/fine_label_names.txt"] = "\n".join(names).encode()
    files["cifar-100-binary/coarse_label_names.txt"] = b"fruit\nfish\n"
    write(root, {"cifar-100-python/meta": pickle.dumps({"fine_label_names": names})})

    class Small(datasets.CIFAR100):
        train_list = [["train", None]]
        test_list = [["test", None]]
        meta = {**datasets.CIFAR100.meta, "md5": None}

    read = {split: Small(root, train=split == "train") for split in ("train", "test")}
    splits = {split: [{"labels": [l], "pixels": digest(p)} for p, l in data] for split, data in read.items()}
    return vector(files, read["train"].classes, splits)


def stl10():
    root = Path(tempfile.mkdtemp())
    files = {"stl10_binary/class_names.txt": b"airplane\nbird\ncar\n", "stl10_binary/fold_indices.txt": b"0\n"}
    for k, (split, labels) in enumerate({"train": [3, 1], "test": [2, 2, 1], "unlabeled": [0, 0]}.items()):
        files[f"stl10_binary/{split}_X.bin"] = pattern(len(labels), 96, 7 * k).tobytes()
        if split != "unlabeled":
            files[f"stl10_binary/{split}_y.bin"] = bytes(labels)
    write(root, files)

    class Small(datasets.STL10):
        train_list = [[name, None] for name, _ in datasets.STL10.train_list]
        test_list = [[name, None] for name, _ in datasets.STL10.test_list]

    read = {split: Small(root, split=split) for split in ("train", "test", "unlabeled")}
    known = lambda label: [] if label < 0 else [label]
    splits = {split: [{"labels": known(l), "pixels": digest(p)} for p, l in data] for split, data in read.items()}
    return vector(files, read["train"].classes, splits)


def image_folder():
    root = Path(tempfile.mkdtemp())
    names = ["train/cat/1.jpg", "train/cat/deep/er/2.JPEG", "train/Bär/3.png", "val/cat/4.webp", "val/Bär/5.jpg"]
    files = {name: b"" for name in names} | {"train/cat/note.txt": b"note"}
    write(root, files)
    read = {split: datasets.ImageFolder(root / split) for split in ("train", "val")}
    samples = lambda data: sorted((str(Path(p).relative_to(root)), label) for p, label in data.samples)
    splits = {split: [{"id": p, "labels": [label]} for p, label in samples(data)] for split, data in read.items()}
    return vector(files, read["train"].classes, splits)


def voc_annotation(objects):
    tag = lambda name, text: f"<{name}>{text}</{name}>"
    bndbox = lambda box: tag("bndbox", "".join(map(tag, ["xmin", "ymin", "xmax", "ymax"], box)))
    part = tag("part", tag("name", "head") + bndbox([2, 2, 3, 3]))
    return tag("annotation", tag("folder", "VOC") + "".join(
        tag("object", tag("name", name) + tag("difficult", difficult) + bndbox(box) + (part if name == "person" else ""))
        for name, difficult, box in objects)).encode()


def voc():
    root = Path(tempfile.mkdtemp())
    objects = {
        "2007/000005": [("dog", 0, [1, 1, 10, 20]), ("person", 0, [3, 4, 50, 60]), ("cat", 1, [1, 1, 90, 90])],
        "2007/000007": [("car", 0, [141, 50, 500, 330])],
        "2007/000012": [("bird", 1, [1, 1, 2, 2])],
        "2007/000001": [("dog", 0, [48, 240, 195, 371]), ("dog", 0, [8, 12, 352, 498])],
        "2012/2008_000002": [("tvmonitor", 0, [34, 11, 448, 293.5])],
        "2012/2008_000003": [("person", 0, [46, 11, 500, 333]), ("train", 0, [46, 11, 500, 334])],
    }
    lists = {
        "2007": {"train": ["000012"], "val": ["000007", "000005"], "trainval": ["000005", "000007", "000012"], "test": ["000001"]},
        "2012": {"train": ["2008_000003"], "val": ["2008_000002"]},
    }
    files = {}
    for key, of in objects.items():
        year, image = key.split("/")
        files[f"VOCdevkit/VOC{year}/JPEGImages/{image}.jpg"] = b""
        files[f"VOCdevkit/VOC{year}/Annotations/{image}.xml"] = voc_annotation(of)
    for year, of in lists.items():
        for name, images in of.items():
            files[f"VOCdevkit/VOC{year}/ImageSets/Main/{name}.txt"] = "".join(f"{i}\n" for i in images).encode()
    write(root, files)
    splits = {}
    for year, of in lists.items():
        for split in of:
            if split == "trainval":
                continue
            data = datasets.VOCDetection(root, year=year, image_set=split)
            for k, (_, target) in enumerate(data):
                id = f"VOC{year}/JPEGImages/{Path(data.images[k]).name}"
                boxes = [
                    [o["name"], *(float(o["bndbox"][c]) for c in ("xmin", "ymin", "xmax", "ymax")), int(o["difficult"])]
                    for o in target["annotation"]["object"]
                ]
                splits.setdefault(split, []).append({"id": id, "corners": boxes})
    for images in splits.values():
        images.sort(key=lambda image: image["id"])
    return vector(files, None, splits)


def coco():
    root = Path(tempfile.mkdtemp())
    categories = [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}, {"id": 90, "name": "toothbrush"}]
    box = lambda id, image, category, bbox, crowd=0: {
        "id": id, "image_id": image, "category_id": category, "bbox": bbox, "iscrowd": crowd, "area": bbox[2] * bbox[3] / 2}
    sets = {
        "train2017": ([9, 25], [box(1, 25, 18, [1.5, 2, 3, 4]), box(2, 25, 90, [0, 0, 10, 10]), box(3, 25, 18, [5, 5, 2, 0.0])]),
        "val2017": ([139, 285, 632], [box(4, 285, 1, [1, 2, 30, 40], 1), box(5, 285, 18, [0, 0, 5, 5]), box(6, 632, 1, [0, 1, 2, 3])]),
    }
    files, splits = {}, {}
    for name, (images, annotations) in sets.items():
        images = [{"id": i, "file_name": f"{i:012}.jpg", "width": 50, "height": 60} for i in images]
        files |= {f"{name}/{image['file_name']}": b"" for image in images}
        content = {"images": images[::-1], "annotations": annotations, "categories": categories}
        files[f"annotations/instances_{name}.json"] = json.dumps(content).encode()
    write(root, files)
    for name in sets:
        data = datasets.CocoDetection(root / name, root / f"annotations/instances_{name}.json")
        ids = sorted(data.coco.getCatIds())
        splits[name[:-4]] = [
            {"id": f"{name}/{data.coco.imgs[id]['file_name']}",
             "boxes": [[*a["bbox"], ids.index(a["category_id"]), a["iscrowd"], a["area"]] for a in target]}
            for id, (_, target) in zip(data.ids, data)
        ]
    classes = [category["name"] for category in data.coco.loadCats(ids)]
    return vector(files, classes, splits)


SYNSETS = [(1, "n02119789", "kit fox, Vulpes macrotis", 0), (2, "n01440764", "tench, Tinca tinca", 0),
           (3, "n03126707", "crane", 0), (1001, "n00001740", "entity", 2)]


def meta_mat(**options):
    fields = [("ILSVRC2012_ID", "O"), ("WNID", "O"), ("words", "O"), ("gloss", "O"), ("num_children", "O"),
              ("children", "O"), ("wordnet_height", "O"), ("num_train_images", "O")]
    rows = [(float(id), wnid, words, "" if n else "what it is", float(n), np.arange(n, dtype=float), 0.0, 1300.0)
            for id, wnid, words, n in SYNSETS]
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, {"other": 1.0, "synsets": np.array(rows, dtype=fields).reshape(-1, 1)}, **options)
    return b"MATLAB 5.0 MAT-file".ljust(116) + buffer.getvalue()[116:]  # without the date


def meta_mat_uint16():
    """As MATLAB does, text as whole numbers of two bytes."""
    kept = _mio5.VarWriter5.write_char

    def write_char(self, array, codec="ascii"):
        if array.size == 0 or np.all(array == ""):
            return kept(self, array, codec)
        text = str(array.item())
        self.write_header((1, len(text)), _mio5.mxCHAR_CLASS)
        self.write_element(np.array([ord(c) for c in text], np.uint16))

    _mio5.VarWriter5.write_char = write_char
    try:
        return meta_mat(do_compression=True)
    finally:
        _mio5.VarWriter5.write_char = kept


def tar(path, files, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return Path(path).read_bytes()


def imagenet():
    """The three official archives, read by torchvision, which knows the devkit by its md5: not checked here."""
    datasets.imagenet._verify_archive = lambda *_: None
    root = Path(tempfile.mkdtemp())
    devkit = {
        "ILSVRC2012_devkit_t12/data/meta.mat": meta_mat(do_compression=True),
        "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt": b"3\n1\n1\n2\n",
    }
    train = {f"{wnid}/{wnid}_{k}.JPEG": b"" for _, wnid, _, n in SYNSETS if not n for k in (10026, 3)}
    val = {f"ILSVRC2012_val_{k:08}.JPEG": b"" for k in range(1, 5)}
    tar(root / "ILSVRC2012_devkit_t12.tar.gz", devkit, "w:gz")
    tar(root / "ILSVRC2012_img_val.tar", {name: jpeg() for name in val})
    wnids = sorted({name[:9] for name in train})
    inner = {f"{w}.tar": tar(root / "inner", {Path(n).name: jpeg() for n in train if n.startswith(w)}) for w in wnids}
    tar(root / "ILSVRC2012_img_train.tar", inner)
    read = {split: datasets.ImageNet(root, split=split) for split in ("train", "val")}
    name = {"train": lambda p: f"{p.parent.name}/{p.name}", "val": lambda p: p.name}
    splits = {
        split: sorted(({"id": name[split](Path(p)), "labels": [label]} for p, label in data.samples), key=lambda s: s["id"])
        for split, data in read.items()
    }
    classes = [f"{wnid} {words[0]}" for wnid, words in zip(read["val"].wnids, read["val"].classes)]
    return vector(devkit | train | val, classes, splits)


def main():
    with tempfile.TemporaryDirectory() as top:
        tempfile.tempdir = top  # for every mkdtemp
        sets = {
            "image-folder": image_folder(), "imagenet": imagenet(), "cifar-10": cifar10(), "cifar-100": cifar100(),
            "stl10": stl10(), "voc": voc(), "coco": coco(),
        }
        mats = {"compressed": meta_mat(do_compression=True), "plain": meta_mat(), "uint16": meta_mat_uint16()}
        save(__file__, {
            "sets": sets,
            "synsets": [[id, wnid, words] for id, wnid, words, _ in SYNSETS],
            "mats": {name: packed(data) for name, data in mats.items()},
        })


if __name__ == "__main__":
    main()
