"""Reference values for the backbones: networks.json.

torch 2.15.0, torchvision 0.29.2
"""

from torchvision.models import resnet18, resnet50

from common import build, fill, norms, numbers, save, tensor


def resnet_case(config, shape):
    x = tensor("images", shape)
    model = fill(build(config)).eval()
    inference = model(x.permute(0, 3, 1, 2))
    model.train()
    y = model(x.permute(0, 3, 1, 2))
    (y * tensor("direction", y.shape)).sum().backward()
    running = [(k, v) for k, v in model.state_dict().items() if "running" in k]
    return {
        "config": config,
        "images": shape,
        "inference": numbers(inference),
        "training": numbers(y),
        "gradientNorms": norms((k, p.grad) for k, p in model.named_parameters()),
        "runningNorms": norms(running),
    }


def structure_case(config, full):
    """Names and shapes, after a check that the small network is torchvision's but for the width."""
    shapes = lambda m: {k: list(p.shape) for k, p in m.named_parameters() if not k.startswith("fc")}
    assert shapes(build(config | {"width": 64})) == shapes(full)
    return {"config": config, "shapes": shapes(build(config))}


def main():
    small = {"architecture": "resnet", "width": 4, "stem": "imagenet"}
    basic, bottleneck = ({"architecture": "resnet", "block": block} for block in ("basic", "bottleneck"))
    resnets = [
        (basic | {"blocks": [2, 2, 2, 2], "width": 4, "stem": "cifar"}, [8, 16, 16, 3]),
        (basic | {"blocks": [1, 2, 1, 1], "width": 4, "stem": "imagenet"}, [6, 70, 65, 3]),
        (bottleneck | {"blocks": [1, 2, 1, 1], "width": 4, "stem": "cifar"}, [6, 19, 16, 3]),
    ]
    save(__file__, {
        "resnets": [resnet_case(*case) for case in resnets],
        "structures": [
            structure_case({"block": "basic", "blocks": [2, 2, 2, 2], **small}, resnet18()),
            structure_case({"block": "bottleneck", "blocks": [3, 4, 6, 3], **small}, resnet50()),
        ],
    })


if __name__ == "__main__":
    main()
