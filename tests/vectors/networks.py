"""Reference values for the backbones: networks.json, and tiny_resnet.safetensors and dtypes.safetensors.

torch 2.15.0, torchvision 0.29.2, timm 1.0.31, safetensors 0.8.0. The residual networks are
torchvision's blocks and stages, the vision transformers timm's VisionTransformer. The fixed positions
are computed from the formula of MoCo v3's code (facebookresearch/moco-v3, vits.py); timm has none.
"""

import copy
import pathlib

import numpy as np
import timm
import torch
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torchvision.models import resnet18, resnet34, resnet50

from common import build, fill, norms, numbers, save, tensor

HERE = pathlib.Path(__file__).parent


def network_case(config, model, shape):
    """In float64, and an assertion that torch's own float32 is near: a network that can be tested."""
    exact = passes(copy.deepcopy(model).double(), shape)
    rounded = passes(model, shape)
    for name in ("gradientNorms", "runningNorms"):
        expected, found = ([case[name][k] for k in exact[name]] for case in (exact, rounded))
        np.testing.assert_allclose(found, expected, rtol=1e-4)
    return {"config": config, "images": shape, **exact}


def passes(model, shape):
    dtype = next(model.parameters()).dtype
    x = tensor("images", shape).permute(0, 3, 1, 2).to(dtype)
    inference = model.eval()(x)
    y = model.train()(x)
    (y * tensor("direction", y.shape).to(dtype)).sum().backward()
    running = [(k, v) for k, v in model.state_dict().items() if "running" in k]
    return {
        "inference": numbers(inference),
        "training": numbers(y),
        "gradientNorms": norms((k, p.grad) for k, p in model.named_parameters() if p.requires_grad),
        "runningNorms": norms(running),
    }


def resnet_case(config, shape, residual_gain=1.0):
    """At a depth of 50 with the full gain of all residuals, float32 itself is off by percents."""
    model = fill(build(config))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bn3.weight"):
                weight.mul_(residual_gain)
    return network_case(config, model, shape) | {"residualGain": residual_gain}


def sine_cosine(count, usual, width):
    """[1, 1 + count * count, width]: for count = usual, MoCo v3's embedding; the class token's is 0."""
    at = (np.arange(count) + 0.5) * usual / count - 0.5
    omega = 1 / 10000 ** (np.arange(width // 4) / (width // 4))
    row, column = (np.outer(m.ravel(), omega) for m in np.meshgrid(at, at, indexing="ij"))
    patches = np.concatenate([np.sin(row), np.cos(row), np.sin(column), np.cos(column)], axis=1)
    return np.concatenate([np.zeros((1, width)), patches])[None]


def vit_case(config, side, batch):
    """On images of a side that may differ from the configuration's: then the positions move closer."""
    patch, width = config["patch"], config["width"]
    sizes = {"embed_dim": width, "depth": config["depth"], "num_heads": config["heads"]}
    model = fill(VisionTransformer(img_size=side, patch_size=patch, num_classes=0, **sizes))
    if config["positions"] == "sincos":
        fixed = sine_cosine(side // patch, config["imageSize"] // patch, width)
        model.pos_embed = nn.Parameter(torch.tensor(fixed).float(), requires_grad=False)
    if config.get("frozenPatches"):
        model.patch_embed.proj.requires_grad_(False)
    return network_case(config, model, [batch, side, side, 3])


def shapes_of(model):
    return {k: list(p.shape) for k, p in model.named_parameters() if not k.startswith(("fc", "head"))}


def resnet_structure(name, block, blocks, full):
    """Names and shapes, after a check that the small network is torchvision's but for the width."""
    config = {"architecture": "resnet", "block": block, "blocks": blocks, "width": 4, "stem": "imagenet"}
    assert shapes_of(build(config | {"width": 64})) == shapes_of(full)
    return {"name": name, "width": 4, "shapes": shapes_of(build(config))}


def vit_structure(name, model, width, heads):
    """Likewise for timm's models with patches of 16 of 224 px."""
    make = lambda width: VisionTransformer(embed_dim=width, num_heads=heads, num_classes=0)
    assert shapes_of(make(width)) == shapes_of(timm.create_model(model))
    assert timm.create_model(model).blocks[0].attn.num_heads == heads
    return {"name": name, "width": 4 * heads, "shapes": shapes_of(make(4 * heads))}


def fixtures():
    """Files written by safetensors itself; returns the features of the network in the first."""
    config = {"architecture": "resnet", "block": "basic", "blocks": [1, 1], "width": 3, "stem": "cifar"}
    model = fill(build(config)).eval()
    features = model(tensor("images", [2, 8, 8, 3]).permute(0, 3, 1, 2))
    model.fc = nn.Linear(6, 2)  # what a state dict has beside the backbone
    save_file(fill(model).state_dict(), HERE / "tiny_resnet.safetensors")
    values = torch.tensor([[0.0, 1.0, -2.5], [65504.0, 2.0**-24, 1 / 3]])
    types = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "F64": torch.float64}
    arrays = {name: values.to(dtype) for name, dtype in types.items()}
    counts = torch.tensor([0, -1, 2**31 - 1, -(2**31)])
    arrays |= {"I64": counts, "I32": counts.int(), "scalar": torch.tensor(7), "empty": torch.zeros(0, 3)}
    save_file(arrays, HERE / "dtypes.safetensors", {"format": "pt"})
    return {
        "tiny": {"config": config, "images": [2, 8, 8, 3], "features": numbers(features)},
        "dtypes": {name: {"shape": list(x.shape), "values": x.double().ravel().tolist()} for name, x in arrays.items()},
    }


def main():
    basic, bottleneck = ({"architecture": "resnet", "block": block} for block in ("basic", "bottleneck"))
    resnets = [
        (basic | {"blocks": [2, 2, 2, 2], "width": 4, "stem": "cifar"}, [8, 16, 16, 3]),
        (basic | {"blocks": [1, 2, 1, 1], "width": 4, "stem": "imagenet"}, [6, 70, 65, 3]),
        (bottleneck | {"blocks": [1, 2, 1, 1], "width": 4, "stem": "cifar"}, [6, 19, 16, 3]),
        (bottleneck | {"blocks": [1, 2, 1, 1], "width": 4, "stem": "imagenet"}, [6, 66, 71, 3]),
        (basic | {"blocks": [3, 4, 6, 3], "width": 4, "stem": "cifar"}, [8, 16, 16, 3]),  # ResNet-34
        (bottleneck | {"blocks": [3, 4, 6, 3], "width": 4, "stem": "cifar"}, [8, 16, 16, 3], 0.4),  # -50
    ]
    vit = {"architecture": "vit", "imageSize": 16, "patch": 4, "width": 24, "depth": 3, "heads": 3}
    frozen = vit | {"positions": "sincos", "frozenPatches": True}
    tiny = vit | {"positions": "learned", "depth": 12}  # as deep, and with as many heads, as ViT-Ti
    small = tiny | {"heads": 6, "width": 48}
    vits = [
        *[(vit | {"positions": "learned"}, 16, 5), (frozen, 16, 5), (frozen, 8, 6)],
        *[(tiny, 16, 3), (small, 16, 3)],
    ]
    save(__file__, {
        "resnets": [resnet_case(*case) for case in resnets],
        "vits": [vit_case(*case) for case in vits],
        "structures": [
            resnet_structure("resnet18", "basic", [2, 2, 2, 2], resnet18()),
            resnet_structure("resnet34", "basic", [3, 4, 6, 3], resnet34()),
            resnet_structure("resnet50", "bottleneck", [3, 4, 6, 3], resnet50()),
            vit_structure("vitTiny", "vit_tiny_patch16_224", 192, 3),
            vit_structure("vitSmall", "vit_small_patch16_224", 384, 6),
        ],
        "positions": {"grid": 4, "width": 24, "values": numbers(sine_cosine(4, 4, 24))},
        "fixtures": fixtures(),
    })


if __name__ == "__main__":
    main()
