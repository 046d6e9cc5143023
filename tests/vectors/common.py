"""What the scripts of all reference values share: inputs, networks, three steps of training.

Inputs are not stored: `uniform(name, shape)` hashes the name and the index, here and in inputs.ts
alike. Weights are made in torch's layout; the tests transpose them.
"""

import copy
import json
import math
import pathlib

import numpy as np
import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

torch.set_num_threads(1)


def uniform(name, shape, low=-1.0, high=1.0):
    """Uniform numbers that depend on the name and the index alone (32-bit integer hashes)."""
    seed = 2166136261
    for byte in name.encode():  # FNV-1a
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    h = (np.arange(math.prod(shape), dtype=np.uint64) * 0x9E3779B9 + seed) & 0xFFFFFFFF
    h ^= h >> 16
    h = (h * 0x7FEB352D) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 0x846CA68B) & 0xFFFFFFFF
    h ^= h >> 16
    return (low + (high - low) * h / 2**32).astype(np.float32).reshape(shape)


def tensor(name, shape, low=-1.0, high=1.0):
    return torch.tensor(uniform(name, shape, low, high))


def numbers(x):
    return [float(f"{v:.8g}") for v in np.asarray(x.detach() if torch.is_tensor(x) else x, np.float64).ravel()]


def save(script, values):
    """Writes the values beside the script that made them: losses.py makes losses.json."""
    path = pathlib.Path(script).with_suffix(".json")
    path.write_text(json.dumps(values, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size, "bytes")


# Losses, in float64 from float32 inputs: the value, and the gradient to both inputs.


def loss_case(loss, shape, edge=lambda a, b: (a, b), **options):
    pair = edge(*(tensor(name, shape).double() for name in ("anchor", "partner")))
    a, b = (x.clone().requires_grad_() for x in pair)
    value = loss(a, b)
    value.backward()
    return {"shape": shape, **options, "value": value.item(), "a": numbers(a.grad), "b": numbers(b.grad)}


# Networks: torchvision's own blocks, stage builder and forward pass, at any width and depth.


class SmallResNet(ResNet):
    def __init__(self, block, blocks, width, stem):
        nn.Module.__init__(self)
        self._norm_layer, self.inplanes, self.dilation = nn.BatchNorm2d, width, 1
        self.groups, self.base_width = 1, 64
        kernel, stride = (3, 1) if stem == "cifar" else (7, 2)
        self.conv1 = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(width), nn.ReLU()
        self.maxpool = nn.Identity() if stem == "cifar" else nn.MaxPool2d(3, 2, 1)
        for i in range(len(blocks)):
            stage = self._make_layer(block, width << i, blocks[i], stride=1 if i == 0 else 2)
            setattr(self, f"layer{i + 1}", stage)
        for i in range(len(blocks), 4):
            setattr(self, f"layer{i + 1}", nn.Identity())
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Identity()


BLOCKS = {"basic": BasicBlock, "bottleneck": Bottleneck}


def build(config):
    return SmallResNet(BLOCKS[config["block"]], config["blocks"], config["width"], config["stem"])


def fill(module):
    """Weights by their names, as learning.ts makes them."""
    with torch.no_grad():
        for name, value in module.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            if value.ndim > 1:
                bound = math.sqrt(6 / value[0].numel())
                value.copy_(tensor(name, value.shape, -bound, bound))
            elif name.endswith(("running_var", "weight")):
                value.copy_(tensor(name, value.shape, 0.5, 1.5))
            else:
                value.copy_(tensor(name, value.shape, -0.5, 0.5))
    return module


def norms(named):
    return {name: float(f"{value.detach().double().norm().item():.8g}") for name, value in named}


# Three steps of a method on fixed views with fixed weights, in float64: everything that it changed.

CONFIG = {"architecture": "resnet", "block": "basic", "blocks": [1, 1], "width": 3, "stem": "cifar"}
FEATURES = 6
LABELS = [0, 1, 0, 2, 1, 0, 2, 3]
RATE, MOMENTUM, WEIGHT_DECAY = 0.05, 0.9, 1e-3


def head(*layers):
    """A head whose layers are counted as in Sequential."""
    return nn.Sequential(*layers)


def views_of(step, crops=0):
    """Images in torch's layout: anchor and partner of 16 px, crops of 8 px, in turn."""
    image = lambda name, side: tensor(name, [len(LABELS), side, side, 3]).double().permute(0, 3, 1, 2)
    small = [image(f"{kind} crop {i} {step}", 8) for i in range(crops) for kind in ("anchor", "partner")]
    return image(f"anchor {step}", 16), image(f"partner {step}", 16), small


def train(heads, loss, momentum=None, tau=None, memory=None, crops=0, project=None, frozen=None, steps=3):
    """Trains a method and returns its losses and all that it changed.

    heads      name -> module; the online network is {"backbone", "heads"}
    loss       (online, follower, (anchor, partner, crops), memory, step) -> scalar; may change memory
    momentum   names of the heads that the momentum encoder has beside its backbone; None: it has none
    tau        step -> weight of the old average; it follows after the optimizer's step
    memory     name -> tensor (queues, centres), changed in place by the loss
    project    called with the online network before the first and after every step
    frozen     (name of a head, number of steps in which it does not learn)
    """
    online = nn.ModuleDict({"backbone": build(CONFIG), "heads": nn.ModuleDict(heads)}).double()
    fill(online).train()
    if project:
        project(online)
    follower = copy.deepcopy(online)
    for name in heads:
        if name not in (momentum or ()):
            del follower["heads"][name]
    params = [p for p in online.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in params if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
        {"params": [p for p in params if p.ndim <= 1], "weight_decay": 0},
    ]
    descent = torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM)
    losses = []
    for step in range(steps):
        value = loss(online, follower, views_of(step, crops), memory, step)
        descent.zero_grad()
        value.backward()
        if frozen and step < frozen[1]:
            for p in online["heads"][frozen[0]].parameters():
                p.grad = None
        descent.step()
        if project:
            project(online)
        if momentum is not None:
            with torch.no_grad():
                theirs = dict(online.named_parameters())
                for name, p in follower.named_parameters():
                    p.mul_(tau(step)).add_(theirs[name], alpha=1 - tau(step))
        losses.append(value.item())
    state = lambda m: {k: short(v) for k, v in m.state_dict().items() if "num_batches" not in k}
    return {
        "losses": numbers(losses),
        "online": state(online),
        "momentum": state(follower) if momentum is not None else {},
        "memory": {k: short(v) for k, v in (memory or {}).items()},
    }


def short(x):
    return [float(f"{v:.6g}") for v in np.asarray(x.detach(), np.float64).ravel()]
