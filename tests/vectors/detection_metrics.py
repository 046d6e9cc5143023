"""Reference values for detection metrics on generated boxes: detection_metrics.json.

COCO's by pycocotools' COCOeval. VOC's by the function below, written after py-faster-rcnn's voc_eval,
which no package of today's Python has; this script, given detectron2's sources, holds it against
theirs on all cases:

    git clone https://github.com/facebookresearch/detectron2 && git -C detectron2 checkout 02b5c4e2
    python tests/vectors/detection_metrics.py detectron2

A case has rows [image, label, x, y, width, height, crowd or difficult, area] of objects and [image,
label, x, y, width, height, score] of detections, all whole numbers: places and sides in 1 / `unit`
px, areas in 1 / `unit`^2 px^2.

pycocotools 2.0.11, numpy 2.4.6
"""

import contextlib
import io
import math
import pathlib
import random
import sys
import tempfile

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

AREAS = [12**2, 30**2]
COCO_AREAS = [32**2, 96**2]


# Cases. Objects, and detections that are objects moved a little or not at all, or anything.


def generated(name, images=8, classes=3, objects=5, detections=12, side=64, unit=1, flagged=0.2, own_area=0.3,
              shift=0.3, scores=20, areas=AREAS, change=lambda objects, detections: (objects, detections)):
    """At most so many objects and detections in an image; `flagged` and `own_area` are probabilities."""
    draw, wide = random.Random(name), side * unit
    truth, found = [], []
    for image in range(images):
        boxes = [random_box(draw, wide) for _ in range(draw.randint(0, objects))]
        labels = [draw.randrange(classes) for _ in boxes]
        for label, (x, y, w, h) in zip(labels, boxes):
            area = int(w * h * draw.uniform(0.3, 1)) if draw.random() < own_area else w * h
            truth.append([image, label, x, y, w, h, int(draw.random() < flagged), area])
        for _ in range(draw.randint(detections // 2, detections)):
            label, box = draw.randrange(classes), random_box(draw, wide)
            if boxes and draw.random() < 0.7:
                i = draw.randrange(len(boxes))
                label = labels[i] if draw.random() < 0.8 else label
                box = [moved(draw, v, boxes[i][2 + at % 2] * shift, at > 1) for at, v in enumerate(boxes[i])]
            found.append([image, label, *box, draw.randrange(scores)])
    truth, found = (sorted(rows, key=lambda row: row[0]) for rows in change(truth, found))
    return {"name": name, "images": images, "classes": classes, "unit": unit, "areas": areas,
            "objects": truth, "detections": found}


def random_box(draw, side):
    w, h = (max(1, round(side * draw.random() ** 2)) for _ in range(2))
    return [draw.randrange(side - w + 1), draw.randrange(side - h + 1), w, h]


def moved(draw, value, by, is_side):
    return max(int(is_side), value + round(draw.uniform(-by, by)))


def on_limits(objects, detections):
    """Areas of 32^2 and 96^2 and one beside them; detections of these sizes that find nothing."""
    sizes = [(32, 32), (96, 96), (16, 64), (31, 33), (33, 31), (95, 97), (64, 144), (1024, 1), (1023, 1), (1025, 1)]
    for i, (w, h) in enumerate(sizes):
        objects += [[i % 3, i % 2, 40 * i, 7, w, h, 0, w * h], [i % 3, 1, 40 * i, 400, 50, 50, 0, w * h]]
        detections += [[i % 3, i % 2, 40 * i, 7, w, h, 9 + i % 4], [i % 3, i % 2, 900, 900 - i, w, h, 8 + i % 5]]
    return objects, detections


def at_thresholds(objects, detections):
    """IoUs k / 20 and those that share a union of other size, so that they fall on every threshold."""
    for k in range(8, 21):
        for scale, image in ((1, 0), (3, 1), (7, 2)):
            objects.append([image, k % 2, 0, 200 * k, 20 * scale, 5, 0, 100 * scale])
            detections.append([image, k % 2, 0, 200 * k, k * scale, 5, 30 - k])
    return objects, detections


def equal_overlaps(objects, detections):
    """Two objects overlap a detection equally, of which either counts, is a crowd, or is beyond the range."""
    flags = [(0, 0), (0, 1), (1, 0), (1, 1)]
    for image, (a, b) in enumerate(flags):
        for row, side in enumerate((10, 32, 40)):
            y = 100 * row
            objects += [[image, 0, 0, y, side, side, a, side * side], [image, 0, 4, y, side, side, b, 3 * side * side]]
            detections += [[image, 0, 2, y, side, side, s] for s in (5, 5, 4)]
            detections += [[image, 0, 4, y, side, side, 5]]
    return objects, detections


def inside_crowd(objects, detections):
    """Small boxes in a crowd that covers the image: its IoU with them is 1, not a few percent."""
    for image in range(3):
        objects.append([image, image, 0, 0, 64, 64, 1, 64 * 64])
    return objects, detections


def empty_boxes(objects, detections):
    """Boxes without width, height or both; in objects, detections, in crowds and out of them."""
    flat = [[0, 8], [8, 0], [0, 0]]
    for at, (w, h) in enumerate(flat):
        for box in objects[at::12] + detections[at::9]:
            box[4:6] = [w, h]
        objects += [[0, 0, 3, 3, w, h, at % 2, 0], [0, 1, 3, 3, 20, 20, 1, 400]]
        detections += [[0, 0, 3, 3, w, h, 7], [0, 1, 5, 5, w, h, 7]]
    return objects, detections


def without(objects_if=lambda row: True, detections_if=lambda row: True):
    return lambda objects, detections: ([o for o in objects if objects_if(o)], [d for d in detections if detections_if(d)])


def cases():
    even, some = lambda row: row[0] % 2 == 0, lambda row: row[1] != 1
    return [
        generated("plain", flagged=0, own_area=0),
        generated("one image of one class", images=1, classes=1, objects=9),
        generated("all found exactly", shift=0, flagged=0),
        generated("many images, few boxes", images=24, objects=2, detections=3),
        generated("crowds and difficult ones", flagged=0.5, objects=6, detections=16),
        generated("boxes in crowds", flagged=0, detections=20, change=inside_crowd),
        generated("only crowds and difficult ones", flagged=1),
        generated("scores all equal", scores=1, detections=16),
        generated("few scores", scores=3, detections=20, objects=6),
        generated("objects that lie on one another", side=12, objects=9, detections=20, scores=6),
        generated("equal overlaps", areas=COCO_AREAS, images=4, classes=2, objects=0, detections=4, change=equal_overlaps),
        generated("overlaps on thresholds", images=3, classes=2, objects=1, detections=2, change=at_thresholds),
        generated("areas on limits", areas=COCO_AREAS, images=3, classes=2, change=on_limits),
        generated("all small", areas=COCO_AREAS, side=32),
        generated("one limit", areas=[20**2, 20**2]),
        generated("areas of masks", areas=COCO_AREAS, own_area=1, side=200, objects=8, detections=16),
        generated("images without objects", change=without(even)),
        generated("images without detections", change=without(detections_if=even)),
        generated("a class without objects", change=without(some)),
        generated("a class without detections", change=without(detections_if=some)),
        generated("no objects", objects=0),
        generated("no detections", detections=0),
        generated("nothing", objects=0, detections=0),
        generated("more than 10", images=3, classes=2, detections=60, objects=20, scores=30),
        generated("more than 100", images=2, classes=2, detections=450, objects=60, shift=0.1, scores=200),
        generated("more than 100 of equal scores", images=1, classes=1, detections=300, objects=70, shift=0.05, scores=2),
        generated("tenths of pixels", unit=10, detections=20, objects=6, shift=0.15),
        generated("sevenths of pixels", unit=7, detections=20, objects=6, shift=0.15),
        generated("large photographs", areas=COCO_AREAS, images=8, classes=5, side=600, objects=8, detections=20, unit=2),
        generated("empty boxes", change=empty_boxes),
        generated("many classes", images=8, classes=40, objects=12, detections=24),
    ]


# COCO


def pixels(row, unit):
    return [v / unit for v in row[2:6]]


def coco_case(case):
    unit, (small, large) = case["unit"], case["areas"]
    base = {"images": [{"id": i + 1} for i in range(case["images"])],
            "categories": [{"id": c + 1} for c in range(case["classes"])]}
    place = lambda row: {"image_id": row[0] + 1, "category_id": row[1] + 1, "bbox": pixels(row, unit)}
    truth, found = COCO(), COCO()
    truth.dataset = {**base, "annotations": [
        {"id": i + 1, **place(row), "iscrowd": row[6], "area": row[7] / unit**2} for i, row in enumerate(case["objects"])
    ]}
    truth.createIndex()
    results = [{**place(row), "score": row[6]} for row in case["detections"]]
    if results:
        found = truth.loadRes(results)
    else:  # loadRes looks at the first
        found.dataset = {**base, "annotations": []}
        found.createIndex()
    evaluation = COCOeval(truth, found, "bbox")
    evaluation.params.areaRng = [[0, 1e10], [0, small], [small, large], [large, 1e10]]
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]  # [thresholds, levels, classes]
    defined = lambda x: None if x == -1 else float(f"{x:.9g}")
    return {"stats": [defined(x) for x in evaluation.stats],
            "perClass": [defined(precision[:, :, c].mean()) for c in range(case["classes"])]}


# VOC


def voc_case(case):
    defined = lambda x: None if x is None else float(f"{x:.9g}")
    return {year: [defined(voc_ap(case, c, year)) for c in range(case["classes"])] for year in ("2007", "2012")}


def inclusive(rows, unit):
    """First and last pixel, from 1: the devkit's."""
    boxes = np.array([pixels(row, unit) for row in rows]).reshape(-1, 4)
    return np.concatenate([boxes[:, :2] + 1, boxes[:, :2] + boxes[:, 2:]], 1)


def voc_ap(case, label, year):
    objects, detections = ([row for row in case[kind] if row[1] == label] for kind in ("objects", "detections"))
    wanted = sum(not row[6] for row in objects)
    if wanted == 0:
        return None
    detections = sorted(detections, key=lambda row: -row[6])  # stable
    boxes, places = inclusive(objects, case["unit"]), inclusive(detections, case["unit"])
    images, taken = np.array([row[0] for row in objects]), set()
    right, wrong = np.zeros(len(detections)), np.zeros(len(detections))
    for d, row in enumerate(detections):
        here = np.flatnonzero(images == row[0])
        ious = iou(places[d], boxes[here]) if len(here) else np.zeros(1)
        nearest = here[np.argmax(ious)] if np.max(ious) > 0.5 else None
        if nearest is None:
            wrong[d] = 1
        elif not objects[nearest][6]:
            (wrong if nearest in taken else right)[d] = 1
            taken.add(nearest)
    right, wrong = np.cumsum(right), np.cumsum(wrong)
    recall = right / wanted
    precision = right / np.maximum(right + wrong, np.finfo(float).eps)
    if year == "2007":
        return sum(max(precision[recall >= t], default=0) / 11 for t in np.arange(0.0, 1.1, 0.1))
    steps = np.diff(np.concatenate([[0], recall]))
    return sum(step * precision[k:].max() for k, step in enumerate(steps))


def iou(box, boxes):
    side = lambda a, b: np.maximum(b - a + 1, 0)
    area = lambda b: side(b[..., 0], b[..., 2]) * side(b[..., 1], b[..., 3])
    shared = side(np.maximum(boxes[:, 0], box[0]), np.minimum(boxes[:, 2], box[2])) * side(
        np.maximum(boxes[:, 1], box[1]), np.minimum(boxes[:, 3], box[3]))
    union = area(box) + area(boxes) - shared
    return np.where(union > 0, shared / np.where(union > 0, union, 1), 0)


def evaluated(case):
    return {**case, "coco": coco_case(case), "voc": voc_case(case)}


def main():
    from common import save

    with contextlib.redirect_stdout(io.StringIO()):
        values = [evaluated(case) for case in cases()]
    save(__file__, values)


# detectron2


def detectron2_voc_eval(root):
    """Its functions alone, sorting stably and with today's name for bool."""
    source = (root / "detectron2/evaluation/pascal_voc_evaluation.py").read_text()
    source = source[source.index("def voc_ap("):].replace("np.bool)", "bool)")
    unstable = "np.argsort(-confidence)"
    assert source.count(unstable) == 1
    source = source.replace(unstable, 'np.argsort(-confidence, kind="stable")')
    names = {"np": np, "PathManager": type("PathManager", (), {"open": staticmethod(open)})}
    exec(source, names)
    return names


def check(root):
    reference, compared = detectron2_voc_eval(root), 0
    for case in cases():
        with tempfile.TemporaryDirectory() as folder:
            files = pathlib.Path(folder)
            (files / "images").write_text("\n".join(map(str, range(case["images"]))))
            boxes = inclusive(case["objects"], case["unit"])
            recs = [[{"name": str(row[1]), "bbox": box, "difficult": row[6]}
                     for row, box in zip(case["objects"], boxes) if row[0] == image] for image in range(case["images"])]
            reference["parse_rec"] = lambda name: recs[int(name)]
            for label in range(case["classes"]):
                rows = [row for row in case["detections"] if row[1] == label]
                lines = [" ".join(map(repr, [row[0], row[6], *map(float, box)]))
                         for row, box in zip(rows, inclusive(rows, case["unit"]))]
                (files / str(label)).write_text("\n".join(lines))
                for year in ("2007", "2012"):
                    ours = voc_ap(case, label, year)
                    if ours is None:
                        continue
                    with np.errstate(invalid="ignore"):  # 0 / 0 for boxes without area
                        *_, theirs = reference["voc_eval"](f"{folder}/{{}}", "{}", f"{folder}/images", str(label),
                                                           use_07_metric=year == "2007")
                    assert math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12), (case["name"], label, year, ours, theirs)
                    compared += 1
    print("detectron2's voc_eval agrees,", compared, "numbers")


if __name__ == "__main__":
    check(pathlib.Path(sys.argv[1])) if sys.argv[1:] else main()
