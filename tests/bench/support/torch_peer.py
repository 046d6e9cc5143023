"""What the peers in torch share: a ResNet, its optimizer, and the loop of questions and answers."""

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


def resnet(blocks, width, stem="cifar"):
    """A ResNet for small images, from images to features; also says how many features."""
    stride = {"cifar": 1, "strided": 2}[stem]
    layers = [nn.Conv2d(3, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    channels = width
    for stage, count in enumerate(blocks):
        for i in range(count):
            layers.append(Block(channels, width << stage, 2 if i == 0 and stage > 0 else 1))
            channels = width << stage
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last), channels


def random_images(count):
    return torch.rand(count, 3, 32, 32).to(memory_format=torch.channels_last)


def sgd(model):
    """SGD with momentum; no weight decay for biases and norms."""
    learning = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in learning if p.ndim > 1]
    others = [p for p in learning if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0}]
    return torch.optim.SGD(groups, lr=0.05, momentum=0.9)


# As many as TensorFlow takes.
cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def serve(make_step, **greeting):
    """Reads requests from stdin and answers each with the seconds of its steps and the last loss.

    One JSON object a line: {"steps": 4, …} is answered by {"seconds": 1.7, "loss": 4.8}, where all
    but the steps goes to `make_step`, once. The first line is the greeting. A step may have the number
    of steps that its workers are `ahead`: those are taken before the time is, and made again before the
    answer, so that nothing works while others are measured.
    """
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not garble the answers
    say = lambda answer: print(json.dumps(answer), file=answers, flush=True)
    torch.set_num_threads(cores)
    say({"torch": torch.__version__, "threads": cores, **greeting})
    steps = {}
    for line in sys.stdin:
        request = json.loads(line)
        count = request.pop("steps")
        key = json.dumps(request)
        if key not in steps:
            steps[key] = make_step(**request)
        ahead = getattr(steps[key], "ahead", 0)
        for _ in range(ahead):
            steps[key]()
        start = time.perf_counter()
        for _ in range(count):
            loss = steps[key]()
        loss = loss.item()
        seconds = time.perf_counter() - start
        time.sleep(1.5 * ahead * seconds / count)
        say({"seconds": seconds, "loss": loss})
