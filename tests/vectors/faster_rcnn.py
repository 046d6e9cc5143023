"""Reference values for Faster R-CNN, by torchvision 0.29.2: its parts, and a whole detector.

The detector is torchvision's FasterRCNN on a C4 backbone: its last stage is the box head, its regions
come from `roi_align(aligned=True, sampling_ratio=0)`. Three things differ from torchvision's defaults
and follow detectron2: anchors are not rounded, the background is the last class (here the rows of the
weights are moved), and the sampled anchors and regions are those with the highest random keys.
"""

import types

import torch
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign, box_iou, roi_align

from common import build, fill, norms, numbers, save, tensor


class ExactAnchors(AnchorGenerator):
    """AnchorGenerator without the rounding."""

    def generate_anchors(self, scales, ratios, dtype=torch.float64, device=None):
        rounded = super().generate_anchors(scales, ratios, torch.float64)
        heights = torch.tensor(ratios, dtype=torch.float64).sqrt()[:, None]
        sides = [torch.tensor(scales) / heights, torch.tensor(scales) * heights]
        w, h = (side.flatten() / 2 for side in sides)
        exact = torch.stack([-w, -h, w, h], 1)
        assert torch.equal(exact.round(), rounded)
        return exact


def boxes_in(name, count, height, width, least=2.0):
    """Random boxes that lie within an image."""
    size = torch.tensor([width, height]).double()
    low, extent = tensor(name, [2, count, 2], 0, 1).double()
    low = low * (size - least)
    return torch.cat([low, low + least + extent * (size - least - low)], 1)


def anchor_case():
    sizes, ratios, shape, stride = [16, 40.0], [0.5, 1.0, 2.0], [3, 2], 8
    images = types.SimpleNamespace(tensors=torch.zeros(1, 3, 24, 16), image_sizes=[(24, 16)])
    made = ExactAnchors((sizes,), (ratios,))(images, [torch.zeros(1, 1, *shape).double()])[0]
    case = {"sizes": sizes, "ratios": ratios, "height": shape[0], "width": shape[1], "stride": stride}
    return case | {"boxes": numbers(made)}


def coding_case(weights):
    boxes, anchors = boxes_in("boxes", 12, 60, 80), boxes_in("anchors", 12, 60, 80)
    coder = BoxCoder(weights)
    codes = tensor("codes", [12, 4], -6, 6).double()
    codes[0, 2:] = 100  # beyond the largest growth
    return {
        "weights": weights,
        "boxes": numbers(boxes),
        "anchors": numbers(anchors),
        "encoded": numbers(coder.encode_single(boxes, anchors)),
        "codes": numbers(codes),
        "decoded": numbers(coder.decode_single(codes, anchors)),
    }


def roi_align_case(shape, stride, size, boxes):
    n, height, width, channels = shape
    features = tensor("map", shape).double().permute(0, 3, 1, 2).requires_grad_()
    count = len(boxes)
    # Each image has the same boxes.
    regions = roi_align(features, [boxes] * n, size, 1 / stride, 0, aligned=True)
    (regions * tensor("direction", [n * count, size, size, channels]).double().permute(0, 3, 1, 2)).sum().backward()
    return {
        **{"shape": shape, "stride": stride, "size": size, "boxes": numbers(boxes)},
        "regions": numbers(regions.permute(0, 2, 3, 1)),
        "gradient": numbers(features.grad.permute(0, 2, 3, 1)),
    }


def roi_align_cases():
    ordinary = boxes_in("regions", 10, 40, 56)
    edges = torch.tensor([
        *[[0, 0, 56, 40], [0, 0, 4, 4], [52, 36, 56, 40], [8, 8, 24, 24], [20, 3, 20.5, 39]],
        *[[-12, -9, 30, 20], [30, 20, 70, 52], [-40, -40, -20, -20]],  # beyond the image
    ]).double()
    return [
        roi_align_case([2, 10, 14, 3], 4, 3, ordinary),
        roi_align_case([1, 10, 14, 2], 4, 3, edges),
        roi_align_case([1, 40, 56, 1], 1, 4, ordinary),  # up to 14 x 10 points a bin
        roi_align_case([1, 3, 4, 5], 16, 7, ordinary),
    ]


def match_case():
    """Labels of anchors: 1 object, 0 background, -1 neither; and the object's index."""
    anchors, truth = boxes_in("anchors", 40, 60, 80), boxes_in("truth", 5, 60, 80)
    anchors[0], anchors[1] = truth[3], truth[4] + 3
    iou = box_iou(truth, anchors)
    low, high = (Matcher(0.7, 0.3, allow_low_quality_matches=flag)(iou) for flag in (True, False))
    assert (low != high).any()  # some objects have no anchor that overlaps them by 0.7
    return {
        **{"anchors": numbers(anchors), "truth": numbers(truth)},
        "labels": (torch.where(low >= 0, 1, low + 1)).tolist(),  # torchvision: -1 background, -2 neither
        "index": iou.argmax(0).tolist(),
    }


# The whole detector.

BACKBONE = {"architecture": "resnet", "block": "basic", "blocks": [1, 1, 1], "width": 4, "stem": "cifar"}
CONFIG = {
    **{"classes": 3, "anchors": {"sizes": [6, 14], "ratios": [0.5, 1, 2]}, "regions": 24, "pooled": 4},
    "proposals": {"training": {"before": 150, "after": 60}, "detection": {"before": 120, "after": 40}},
    "smoothing": 1 / 9,
}
SIDE, STRIDE, OBJECTS = 32, 2, 3
ANCHORS = 6 * (SIDE // STRIDE) ** 2
TRUTH = [
    ([[2, 3, 15, 14], [12, 10, 30, 29], [20, 1, 27, 9]], [0, 2, 1]),
    ([[4, 16, 22, 31.0]], [1]),
]


class Trunk(nn.Module):
    out_channels = 8

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        network = self.network
        x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
        return network.layer2(network.layer1(x))


class Regions(MultiScaleRoIAlign):
    """FasterRCNN insists on the class, which does not align."""

    def __init__(self):
        nn.Module.__init__(self)

    def forward(self, features, proposals, _):
        return roi_align(features["0"], proposals, CONFIG["pooled"], 1 / STRIDE, 0, aligned=True)


class LastStage(nn.Module):
    def __init__(self, stage, norm):
        super().__init__()
        self.stage, self.norm = stage, norm

    def forward(self, x):
        return self.norm(self.stage(x)).mean([2, 3])


class HighestKeys:
    """Samples as BalancedPositiveNegativeSampler does, but those with the highest keys."""

    def __init__(self, count, share, keys):
        self.count, self.share, self.keys = count, share, keys

    def __call__(self, labels):
        return tuple(map(list, zip(*map(self.one, labels, self.keys(labels)))))

    def one(self, labels, keys):
        def mask(candidates, count):
            order = torch.where(candidates, keys, -1.0).argsort(descending=True)[:count]
            chosen = torch.zeros_like(candidates)
            chosen[order] = candidates[order]
            return chosen

        objects = mask(labels >= 1, int(self.count * self.share))
        return objects, mask(labels == 0, self.count - int(objects.sum()))


def detector(extra_norm):
    network, classes = build(BACKBONE), CONFIG["classes"]
    norm = nn.BatchNorm2d(16) if extra_norm else nn.Identity()
    limits = {
        f"rpn_{when}_nms_top_n_{mode}": CONFIG["proposals"][task][key]
        for mode, task in (("train", "training"), ("test", "detection"))
        for when, key in (("pre", "before"), ("post", "after"))
    }
    anchors = CONFIG["anchors"]
    model = FasterRCNN(
        Trunk(network),
        rpn_anchor_generator=ExactAnchors((anchors["sizes"],), (anchors["ratios"],)),
        box_roi_pool=Regions(),
        box_head=LastStage(network.layer3, norm),
        box_predictor=FastRCNNPredictor(16, classes + 1),
        **{"min_size": SIDE, "max_size": SIDE, "image_mean": [0.0] * 3, "image_std": [1.0] * 3},
        **limits,
    )
    draw = tensor("random", [len(TRUTH), ANCHORS + CONFIG["proposals"]["training"]["after"]], 0, 1).double()
    model.rpn.fg_bg_sampler = HighestKeys(256, 0.5, lambda labels: draw[:, :ANCHORS])

    def region_keys(labels):
        for one, keys, (boxes, _) in zip(labels, draw, TRUTH):
            proposals = len(one) - len(boxes)
            yield torch.cat([keys[ANCHORS : ANCHORS + proposals], keys[: len(boxes)]])

    model.roi_heads.fg_bg_sampler = HighestKeys(CONFIG["regions"], 0.25, lambda labels: list(region_keys(labels)))
    return model.double(), named(model, network, norm)


def named(model, network, norm):
    """The modules by the names that the project has for them."""
    box = model.roi_heads.box_predictor
    return nn.ModuleDict({
        "backbone": network,
        "head": nn.ModuleDict({
            "rpn": nn.ModuleDict({
                "conv": nn.ModuleDict({"0": model.rpn.head.conv[0][0]}),
                "cls_logits": model.rpn.head.cls_logits,
                "bbox_pred": model.rpn.head.bbox_pred,
            }),
            "box_predictor": box,
            "norm": norm,
        }),
    })


def fill_detector(parts):
    """Weights by our names; the boxes stay near the anchors, and the background is our last class."""
    fill(parts)
    box, classes = parts["head"]["box_predictor"], CONFIG["classes"]

    def ours(name, rows):
        bound = (6 / 16) ** 0.5
        weight = tensor(f"head.box_predictor.{name}.weight", [rows, 16], -bound, bound)
        return weight, tensor(f"head.box_predictor.{name}.bias", [rows], -0.5, 0.5)

    with torch.no_grad():
        parts["head"]["rpn"]["bbox_pred"].weight.mul_(0.1)
        weight, bias = ours("cls_score", classes + 1)
        box.cls_score.weight.copy_(weight.roll(1, 0))
        box.cls_score.bias.copy_(bias.roll(1, 0))
        weight, bias = ours("bbox_pred", classes * 4)  # torchvision's background has a box, which nothing reads
        box.bbox_pred.weight[4:] = weight * 0.1
        box.bbox_pred.bias[4:] = bias
        box.bbox_pred.weight[:4], box.bbox_pred.bias[:4] = 0, 0


def detector_case(extra_norm):
    model, parts = detector(extra_norm)
    fill_detector(parts)
    images = tensor("images", [len(TRUTH), SIDE, SIDE, 3]).double().permute(0, 3, 1, 2)
    found = model.eval()(list(images))
    assert all(len(one["scores"]) > 10 for one in found)
    targets = [{"boxes": torch.tensor(b).double(), "labels": torch.tensor(l) + 1} for b, l in TRUTH]
    losses = model.train()(list(images), targets)
    sum(losses.values()).backward()
    gradients = norms((k, p.grad) for k, p in parts.named_parameters())
    running = norms((k, v) for k, v in parts.state_dict().items() if "running" in k)
    ours = {"objectness": "loss_objectness", "proposals": "loss_rpn_box_reg"}
    ours |= {"classes": "loss_classifier", "boxes": "loss_box_reg"}
    return {
        **{"backbone": BACKBONE, "config": CONFIG | {"extraNorm": extra_norm}, "images": [len(TRUTH), SIDE, SIDE, 3]},
        "truth": [{"boxes": b, "labels": l} for b, l in TRUTH],
        "found": [
            {"boxes": numbers(one["boxes"]), "scores": numbers(one["scores"]), "labels": (one["labels"] - 1).tolist()}
            for one in found
        ],
        "losses": {name: losses[theirs].item() for name, theirs in ours.items()},
        **{"gradientNorms": gradients, "runningNorms": running},
    }


def main():
    save(__file__, {
        "anchors": anchor_case(),
        "coding": [coding_case(weights) for weights in ([1.0, 1.0, 1.0, 1.0], [10.0, 10.0, 5.0, 5.0])],
        "roiAlign": roi_align_cases(),
        "match": match_case(),
        "detectors": [detector_case(extra_norm) for extra_norm in (False, True)],
    })


if __name__ == "__main__":
    main()
