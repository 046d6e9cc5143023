"""Reference values for FCOS: fcos.json.

torch 2.15.0, torchvision 0.29.2. torchvision's FCOS is given the outputs of a head, boxes and a
pyramid's maps; its own code then matches, computes losses and chooses detections.
"""

from collections import OrderedDict

import torch
from torch import nn
from torchvision.models.detection import fcos
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FeaturePyramidNetwork, batched_nms, box_iou, generalized_box_iou_loss

from common import fill, norms, numbers, save, tensor

CLASSES = 5


class NoBackbone(nn.Module):
    out_channels = 32  # its head has 32 groups; none of it runs


def detector(levels, **options):
    anchors = AnchorGenerator(tuple((stride,) for _, _, stride in levels), ((1.0,),) * len(levels))
    return fcos.FCOS(NoBackbone(), CLASSES, anchor_generator=anchors, **options)


def anchors_of(model, levels, size, n):
    maps = [torch.zeros(n, 1, height, width) for height, width, _ in levels]
    images = ImageList(torch.zeros(n, 3, *size), [tuple(size)] * n)
    return model.anchor_generator(images, maps)


def outputs(levels, n):
    """What a head might say; distances are behind their relu, some 0, many large enough to overlap."""
    p = sum(height * width for height, width, _ in levels)
    return {
        "cls_logits": tensor("logits", [n, p, CLASSES], -4.0, 2.0),
        "bbox_regression": tensor("distances", [n, p, 4], -0.5, 3.0).relu(),
        "bbox_ctrness": tensor("centerness", [n, p, 1], -2.0, 2.0),
    }


def truth_case(name, levels, size, truths):
    """Targets and losses; torchvision's rounded areas must not decide, as ours are exact."""
    model, n = detector(levels), len(truths)
    anchors = anchors_of(model, levels, size, n)
    targets = [
        {"boxes": torch.tensor(boxes).reshape(-1, 4), "labels": torch.tensor(labels, dtype=torch.int64)}
        for boxes, labels in truths
    ]
    matched = []
    compute = model.head.compute_loss
    model.head.compute_loss = lambda t, h, a, m: matched.extend(m) or compute(t, h, a, m)
    given = {k: v.clone().requires_grad_() for k, v in outputs(levels, n).items()}
    losses = model.compute_loss(targets, given, anchors, [h * w for h, w, _ in levels])
    for target in targets:
        areas = sorted((target["boxes"][:, 2:] - target["boxes"][:, :2]).prod(1).tolist())
        assert all(b - a > 16 for a, b in zip(areas, areas[1:])), (name, areas)
    sum(losses.values()).backward()
    return {
        "name": name, "levels": levels, "size": size,
        "truths": [{"boxes": boxes, "labels": labels} for boxes, labels in truths],
        "matched": [m.tolist() for m in matched],
        "losses": {k: v.item() for k, v in losses.items()},
        "gradientNorms": norms((k, v.grad) for k, v in given.items()),
    }


def detection_case(levels, size, n, **options):
    model = detector(levels, **options)
    counts = [height * width for height, width, _ in levels]
    split = {k: list(v.split(counts, dim=1)) for k, v in outputs(levels, n).items()}
    anchors = [list(a.split(counts)) for a in anchors_of(model, levels, size, n)]
    found = model.postprocess_detections(split, anchors, [tuple(size)] * n)
    return {
        "levels": levels, "size": size, "options": options,
        "found": [{"boxes": numbers(f["boxes"]), "scores": numbers(f["scores"]), "labels": f["labels"].tolist()}
                  for f in found],
    }


def boxes(name, n, side=32.0):
    corner, extent = tensor(f"{name} corner", [n, 2], 0, 0.7 * side), tensor(f"{name} extent", [n, 2], 1, 0.5 * side)
    return torch.cat([corner, corner + extent], 1)


def geometry_case():
    a, b = boxes("a", 24).double().requires_grad_(), boxes("b", 24).double()
    loss = generalized_box_iou_loss(a, b)
    loss.sum().backward()
    return {"iou": numbers(box_iou(a, b)), "giou": numbers(loss), "gradient": numbers(a.grad)}


def nms_case(n, overlap):
    b, scores = boxes("nms", n), tensor("nms scores", [n], 0, 1)
    labels = torch.arange(n) % 3
    return {"n": n, "overlap": overlap, "kept": batched_nms(b, scores, labels, overlap).tolist()}


def pyramid_case():
    """torchvision names its blocks 0.0 for what has no norm; keys are as they are there."""
    widths, sides = [3, 5, 4], [9, 5, 3]
    pyramid = fill(FeaturePyramidNetwork(widths, 6)).double()
    maps = OrderedDict((str(i), tensor(f"map {i}", [2, s, s, w]).permute(0, 3, 1, 2).double())
                       for i, (w, s) in enumerate(zip(widths, sides)))
    return {"channels": 6, "widths": widths, "sides": sides,
            "maps": [numbers(m.permute(0, 2, 3, 1)) for m in pyramid(maps).values()]}


def head_case():
    norm = lambda channels: nn.GroupNorm(2, channels)
    head = nn.ModuleDict({
        "classification_head": fcos.FCOSClassificationHead(16, 1, CLASSES, 2, norm_layer=norm),
        "regression_head": fcos.FCOSRegressionHead(16, 1, 2, norm_layer=norm),
    })
    head = fill(head).double()
    maps = [tensor(f"map {i}", [2, s, s, 16]).permute(0, 3, 1, 2).double() for i, s in enumerate([6, 3])]
    logits = head["classification_head"](maps)
    distances, centerness = head["regression_head"](maps)
    return {"sides": [6, 3], "convs": 2, "logits": numbers(logits), "distances": numbers(distances),
            "centerness": numbers(centerness)}


SCENES = [
    ([[4.0, 6.0, 27.0, 22.0], [20.0, 18.0, 40.0, 45.0], [1.0, 30.0, 12.0, 60.0]], [0, 3, 1]),
    ([], []),
    ([[8.0, 8.0, 24.0, 24.0], [6.0, 6.0, 30.0, 28.0], [3.0, 3.0, 60.0, 63.0], [40.0, 2.0, 47.0, 8.0]], [2, 4, 1, 0]),
    ([[10.0, 10.0, 10.0, 20.0], [31.9, 0.0, 64.0, 32.1]], [1, 2]),  # the first has no area
]


def main():
    fine, both = [[16, 16, 4]], [[16, 16, 4], [8, 8, 8]]
    three = [[12, 10, 4], [6, 5, 8], [3, 3, 16]]
    save(__file__, {
        "geometry": geometry_case(),
        "nms": [nms_case(n, overlap) for n in (1, 40, 200) for overlap in (0.0, 0.3, 0.6)],
        "losses": [
            truth_case("one level", fine, [64, 64], SCENES),
            truth_case("two levels", both, [64, 64], SCENES),
            truth_case("no objects", both, [64, 64], [([], [])]),
            truth_case("three levels, not square", three, [48, 40], [
                ([[2.0, 3.0, 30.0, 20.0], [0.0, 0.0, 40.0, 48.0], [25.0, 25.0, 38.0, 47.0]], [4, 0, 2]),
            ]),
        ],
        "detections": [
            detection_case(both, [64, 64], 3, score_thresh=0.2, topk_candidates=1000, nms_thresh=0.6, detections_per_img=100),
            detection_case(both, [64, 64], 2, score_thresh=0.5, topk_candidates=60, nms_thresh=0.3, detections_per_img=10),
            detection_case(three, [48, 40], 2, score_thresh=0.86, topk_candidates=1000, nms_thresh=0.6, detections_per_img=100),
        ],
        "pyramid": pyramid_case(),
        "head": head_case(),
    })


if __name__ == "__main__":
    main()
