"""The peer of engine.ts: the same SimCLR training step in torch.

A request, e.g. {"blocks": [1, 1, 1, 1], "width": 32, "views": 128, "variant": "compiled bf16",
"steps": 4}: a variant is any of the words compiled, bf16 and cuda, or none; the networks are
channels_last. See engine.ts for what a step is, and support/torch_peer.py for the answer.
"""

import torch
import torch.nn.functional as F
from torch import nn

from support.torch_peer import random_images, resnet, serve, sgd


def network(blocks, width, hidden=2048, projection=256):
    """A ResNet with CIFAR stem, and SimCLR's projector behind it."""
    backbone, features = resnet(blocks, width)
    projector = [nn.Linear(features, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU()]
    projector += [nn.Linear(hidden, projection, bias=False), nn.BatchNorm1d(projection)]
    return nn.Sequential(backbone, *projector)


def nt_xent(z, temperature=0.2):
    """z [2n, d]: row i's partner is row i + n, modulo 2n."""
    z = F.normalize(z, dim=1)
    n = len(z)
    logits = z @ z.T / temperature - 1e9 * torch.eye(n, device=z.device)
    return F.cross_entropy(logits, (torch.arange(n, device=z.device) + n // 2) % n)


def make_step(blocks, width, views, variant):
    torch.manual_seed(1)
    device = "cuda" if "cuda" in variant else "cpu"
    model = network(blocks, width).to(device)
    optimizer = sgd(model)
    forward = torch.compile(model) if "compiled" in variant else model
    images = random_images(views).to(device)

    def step():
        with torch.autocast(device, dtype=torch.bfloat16, enabled="bf16" in variant):
            z = forward(images)
        loss = nt_xent(z.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


serve(make_step, cuda=torch.cuda.is_available())
