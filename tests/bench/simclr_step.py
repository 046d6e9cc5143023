"""The peer of engine.ts: the same SimCLR training step in torch.

Reads requests from stdin and answers each, one JSON object a line:
    {"blocks": [1, 1, 1, 1], "width": 32, "views": 128, "variant": "compiled bf16", "steps": 4}
    {"seconds": 1.7, "loss": 4.8}
A variant is any of the words compiled and bf16, or neither; the networks are channels_last. The
first line says {"torch": version, "threads": n}. See engine.ts for what a step is.
"""

import json
import os
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut (torchvision's BasicBlock)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride > 1 or inputs != outputs:
            conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


def network(blocks, width, hidden=2048, projection=256):
    """A ResNet with CIFAR stem, and SimCLR's projector behind it."""
    layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    channels = width
    for stage, count in enumerate(blocks):
        for i in range(count):
            layers.append(Block(channels, width << stage, 2 if i == 0 and stage > 0 else 1))
            channels = width << stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    layers += [nn.Linear(channels, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU()]
    layers += [nn.Linear(hidden, projection)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def nt_xent(z, temperature=0.2):
    """z [2n, d]: row i's partner is row i + n, modulo 2n."""
    z = F.normalize(z, dim=1)
    n = len(z)
    logits = z @ z.T / temperature - 1e9 * torch.eye(n)
    return F.cross_entropy(logits, (torch.arange(n) + n // 2) % n)


def make_step(blocks, width, views, variant):
    torch.manual_seed(1)
    model = network(blocks, width)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0}]
    optimizer = torch.optim.SGD(groups, lr=0.05, momentum=0.9)
    forward = torch.compile(model) if "compiled" in variant else model
    images = torch.rand(views, 3, 32, 32).to(memory_format=torch.channels_last)

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled="bf16" in variant):
            z = forward(images)
        loss = nt_xent(z.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def main():
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not garble the answers
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch.set_num_threads(cores)  # as many as TensorFlow takes
    print(json.dumps({"torch": torch.__version__, "threads": cores}), file=answers, flush=True)
    steps = {}
    for line in sys.stdin:
        request = json.loads(line)
        count = request.pop("steps")
        key = json.dumps(request)
        if key not in steps:
            steps[key] = make_step(**request)
        start = time.perf_counter()
        for _ in range(count):
            loss = steps[key]()
        loss = loss.item()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "loss": loss}), file=answers, flush=True)


main()
