"""The peer of weights_test.ts: the same networks in PyTorch, by their weights alone.

    python peer_weights.py load SIDE CONFIG WEIGHTS …  loads weights that were exported there
    python peer_weights.py save SIDE NAME WEIGHTS …    saves torchvision's networks of these names

Prints each network's features of two images of SIDE px, as JSON. The images are those of
tests/vectors/common.py.
"""

import json
import pathlib
import sys

import torch
import torchvision
from safetensors.torch import load_file, save_file
from timm.models.vision_transformer import VisionTransformer

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "vectors"))
from common import build, fill, numbers, tensor


def network(config):
    if config["architecture"] == "resnet":
        return build(config)
    sizes = {"embed_dim": config["width"], "depth": config["depth"], "num_heads": config["heads"]}
    return VisionTransformer(
        img_size=config["imageSize"], patch_size=config["patch"], num_classes=0, **sizes
    )


def load(config, path):
    model = network(json.loads(config))
    model.load_state_dict(load_file(path))  # strict: no key too few or too many
    return model


def save(name, path):
    model = fill(getattr(torchvision.models, name)())
    save_file(model.state_dict(), path)
    model.fc = torch.nn.Identity()
    return model


mode, side, *networks = sys.argv[1:]
images = tensor("images", [2, int(side), int(side), 3]).permute(0, 3, 1, 2)
make = {"load": load, "save": save}[mode]
models = [make(*pair).eval() for pair in zip(networks[::2], networks[1::2])]
print(json.dumps([numbers(model(images)) for model in models]))
