"""The peer of methods.ts: a training step of each method with lightly's losses and modules.

A request, e.g. {"method": "byol", "options": {"hidden": 4096, …}, "blocks": [1, 1, 1, 1], "width": 32,
"pairs": 64, "steps": 4}. As lightly's example scripts run: eager, the momentum encoder follows at the
start of a step; but channels_last, torch's faster layout. See methods.ts for what a step is, and
support/torch_peer.py for the answer.
"""

import copy
import warnings

import torch
from torch import nn

from lightly.models.utils import deactivate_requires_grad, update_momentum
from support.lightly_methods import METHODS
from support.torch_peer import random_images, resnet, serve, sgd

warnings.filterwarnings("ignore", category=FutureWarning)  # lightly's weight norm is torch's old one

CLASSES = 10
TAU = 0.99


def make_step(method, options, blocks, width, pairs):
    torch.manual_seed(1)
    backbone, features = resnet(blocks, width)
    heads, followed, loss_of = METHODS[method](features, options, CLASSES)
    online = nn.ModuleDict({"backbone": backbone, **heads})
    momentum = nn.ModuleDict()
    if followed:
        copies, _, _ = METHODS[method](features, options, CLASSES)  # deepcopy refuses weight norm
        momentum["backbone"] = copy.deepcopy(backbone)
        momentum.update({name: copies[name] for name in followed})
        for name, follower in momentum.items():
            follower.load_state_dict(online[name].state_dict())
        deactivate_requires_grad(momentum)
    optimizer = sgd(online)
    views = [random_images(pairs), random_images(pairs)]
    labels = torch.arange(pairs) % CLASSES

    def step():
        for name, follower in momentum.items():
            update_momentum(online[name], follower, m=TAU)
        loss = loss_of(online, momentum, views, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


serve(make_step, methods=list(METHODS))
