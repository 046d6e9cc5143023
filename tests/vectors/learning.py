"""Reference values for the learning code: losses, optimizers, networks, evaluation.

    python tests/vectors/learning.py      writes learning.json beside itself

torch 2.15.0, torchvision 0.29.2, lightly 1.6.0, scikit-learn 1.9.1, numpy 2.4.6

Inputs are not stored: `uniform(name, shape)` hashes the name and the index, here and in learning.ts
alike. Weights are made in torch's layout; the tests transpose them.

Conventions
- NT-Xent: lightly's NTXentLoss and a plain torch formula; both agree.
- Barlow Twins: lightly's BarlowTwinsLoss, times solo-learn's `scale_loss`; both standardise each view
  by batch norm without gain and bias (biased deviation, epsilon 1e-5).
- LARS: solo-learn's definition, written out below. lightly's differs: its trust coefficient is .001
  instead of .02, it does not clip the rate, and it exempts whatever has no weight decay instead of
  what has one axis.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from lightly.loss import BarlowTwinsLoss, NTXentLoss
from lightly.utils.benchmarking import knn_predict
from sklearn.linear_model import LogisticRegression
from torch import nn
from torchvision.models import resnet18, resnet50
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


# Losses, in float64 from float32 inputs: the value, and the gradient to both inputs.


def loss_case(loss, shape, transform=lambda x: x, **options):
    a, b = (transform(tensor(name, shape).double()).requires_grad_() for name in ("anchor", "partner"))
    value = loss(a, b)
    value.backward()
    return {"shape": shape, **options, "value": value.item(), "a": numbers(a.grad), "b": numbers(b.grad)}


def nt_xent(temperature):
    def loss(a, b):
        z = F.normalize(torch.cat([a, b]))
        logits = (z @ z.T / temperature).fill_diagonal_(-math.inf)
        value = F.cross_entropy(logits, (torch.arange(len(z)) + len(a)) % len(z))
        torch.testing.assert_close(value, NTXentLoss(temperature)(a, b))
        return value

    return loss


def barlow_twins(lam, scale):
    return lambda a, b: scale * BarlowTwinsLoss(lambda_param=lam)(a, b)


def losses():
    return {
        "nt_xent": [
            loss_case(nt_xent(t), shape, temperature=t)
            for shape, t in [([8, 5], 0.2), ([8, 5], 0.02), ([8, 5], 10.0), ([2, 3], 0.5)]
        ],
        "barlow_twins": [
            loss_case(barlow_twins(lam, scale), shape, **{"lambda": lam, "scale": scale})
            for shape, lam, scale in [([16, 6], 0.0051, 0.1), ([16, 6], 0.5, 1.0), ([2, 4], 0.005, 1.0)]
        ],
    }


# Optimizers: five steps on fixed gradients, with a rate that changes.

SHAPES = {"weight": [4, 3], "bias": [3], "zero": [2, 2]}
RATES = [0.1, 0.4, 0.3, 0.2, 0.05]


def initial_weights():
    weights = {name: tensor(name, shape) for name, shape in SHAPES.items()}
    return weights | {"zero": torch.zeros(2, 2)}  # LARS has a case of its own for it


def gradients(step):
    return {name: tensor(f"{name} gradient {step}", shape) for name, shape in SHAPES.items()}


def sgd_case(momentum, weight_decay, nesterov):
    params = {name: nn.Parameter(w) for name, w in initial_weights().items()}
    groups = [
        {"params": [p for p in params.values() if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in params.values() if p.ndim <= 1], "weight_decay": 0},
    ]
    descent = torch.optim.SGD(groups, lr=0, momentum=momentum, nesterov=nesterov)
    steps = []
    for step, rate in enumerate(RATES):
        for group in descent.param_groups:
            group["lr"] = rate
        for name, gradient in gradients(step).items():
            params[name].grad = gradient
        descent.step()
        steps.append({name: numbers(p) for name, p in params.items()})
    return {"momentum": momentum, "weightDecay": weight_decay, "nesterov": nesterov, "steps": steps}


def lars_case(momentum, weight_decay, gradient_scale):
    """solo-learn's LARS with its defaults for pretraining: eta .02, clip, biases and norms exempt."""
    weights = initial_weights()
    velocity = {name: torch.zeros_like(w) for name, w in weights.items()}
    steps = []
    for step, rate in enumerate(RATES):
        for name, gradient in gradients(step).items():
            w, g = weights[name], gradient_scale * gradient
            if w.ndim != 1 and w.norm() != 0 and g.norm() != 0:
                adapted = 0.02 * w.norm() / (g.norm() + w.norm() * weight_decay + 1e-8)
                g = (g + weight_decay * w) * min(adapted / rate, 1)
            velocity[name] = momentum * velocity[name] + g
            weights[name] = w - rate * velocity[name]
        steps.append({name: numbers(w) for name, w in weights.items()})
    return {"momentum": momentum, "weightDecay": weight_decay, "gradientScale": gradient_scale, "steps": steps}


def schedule_case(peak, warmup, total):
    """torch's LinearLR, then its CosineAnnealingLR."""
    descent = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=peak)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(descent, T_max=total - warmup)
    schedule = cosine
    if warmup:
        linear = torch.optim.lr_scheduler.LinearLR(descent, 1 / warmup, total_iters=warmup - 1)
        schedule = torch.optim.lr_scheduler.SequentialLR(descent, [linear, cosine], [warmup])
    rates = []
    for _ in range(total):
        rates.append(descent.param_groups[0]["lr"])
        descent.step()
        schedule.step()
    return {"peak": peak, "warmup": warmup, "total": total, "rates": numbers(rates)}


# Networks: torchvision's own blocks, stage builder and forward pass, at any width.


class SmallResNet(ResNet):
    def __init__(self, block, blocks, width, stem):
        nn.Module.__init__(self)
        self._norm_layer, self.inplanes, self.dilation = nn.BatchNorm2d, width, 1
        self.groups, self.base_width = 1, 64
        kernel, stride = (3, 1) if stem == "cifar" else (7, 2)
        self.conv1 = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(width), nn.ReLU()
        self.maxpool = nn.Identity() if stem == "cifar" else nn.MaxPool2d(3, 2, 1)
        for i in range(4):
            stage = self._make_layer(block, width << i, blocks[i], stride=1 if i == 0 else 2)
            setattr(self, f"layer{i + 1}", stage)
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


# Three steps of SimCLR on fixed views: backbone, projector, loss, optimizer together.


def pretraining_case():
    config = {"block": "basic", "blocks": [1, 1, 1, 1], "width": 4, "stem": "cifar"}
    backbone = build(config)
    head = nn.Sequential(nn.Linear(32, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8))
    fill(backbone), fill(head)
    params = [*backbone.parameters(), *head.parameters()]
    groups = [
        {"params": [p for p in params if p.ndim > 1], "weight_decay": 1e-3},
        {"params": [p for p in params if p.ndim <= 1], "weight_decay": 0},
    ]
    descent = torch.optim.SGD(groups, lr=0.05, momentum=0.9)
    values = []
    for step in range(3):
        views = [tensor(f"{kind} {step}", [8, 16, 16, 3]) for kind in ("anchor", "partner")]
        a, b = head(backbone(torch.cat(views).permute(0, 3, 1, 2))).chunk(2)
        loss = NTXentLoss(0.2)(a, b)
        descent.zero_grad()
        loss.backward()
        descent.step()
        values.append(loss.item())
    state = lambda m: norms((k, v) for k, v in m.state_dict().items() if "num_batches" not in k)
    return {"config": config, "losses": numbers(values), "backbone": state(backbone), "head": state(head)}


# Evaluation: kNN and logistic regression on blurred clusters.


def clusters(name, n, width, classes):
    """Row i belongs to class i mod classes; the tests make the same."""
    centres = uniform("centres", [classes, width])
    labels = np.arange(n) % classes
    return uniform(name, [n, width], -2.5, 2.5) + centres[labels], labels


def knn_case(k, temperature):
    (bank, bank_labels), (queries, labels) = clusters("bank", 300, 8, 7), clusters("queries", 90, 8, 7)
    unit = lambda x: F.normalize(torch.tensor(x))
    ranking = knn_predict(unit(queries), unit(bank).T, torch.tensor(bank_labels), 7, k, temperature)
    hits = ranking.numpy() == labels[:, None]
    return {"k": k, "temperature": temperature, "top1": hits[:, 0].mean(), "top5": hits[:, :5].any(1).mean(),
            "predictions": ranking[:, 0].tolist()}


def logistic_case(c):
    (x, labels), (queries, expected) = clusters("bank", 300, 8, 7), clusters("queries", 90, 8, 7)
    model = LogisticRegression(C=c, tol=1e-8, max_iter=10000).fit(x.astype(np.float64), labels)
    entropy = -np.log(model.predict_proba(x.astype(np.float64))[np.arange(300), labels]).mean()
    penalty = (model.coef_**2).sum() / (2 * c * 300)
    return {"c": c, "objective": entropy + penalty, "accuracy": model.score(queries.astype(np.float64), expected)}


def main():
    resnets = [
        ({"block": "basic", "blocks": [2, 2, 2, 2], "width": 4, "stem": "cifar"}, [8, 16, 16, 3]),
        ({"block": "basic", "blocks": [1, 2, 1, 1], "width": 4, "stem": "imagenet"}, [6, 70, 65, 3]),
        ({"block": "bottleneck", "blocks": [1, 2, 1, 1], "width": 4, "stem": "cifar"}, [6, 19, 16, 3]),
    ]
    small = {"width": 4, "stem": "imagenet"}
    result = {
        "losses": losses(),
        "sgd": [sgd_case(0.9, 1e-2, False), sgd_case(0.9, 1e-2, True), sgd_case(0.0, 0.0, False)],
        "lars": [lars_case(0.9, 1e-2, 1.0), lars_case(0.9, 1e-4, 1e-3)],
        "schedules": [schedule_case(0.4, 10, 50), schedule_case(2.0, 0, 8), schedule_case(0.3, 1, 5)],
        "resnets": [resnet_case(*case) for case in resnets],
        "structures": [
            structure_case({"block": "basic", "blocks": [2, 2, 2, 2], **small}, resnet18()),
            structure_case({"block": "bottleneck", "blocks": [3, 4, 6, 3], **small}, resnet50()),
        ],
        "pretraining": pretraining_case(),
        "knn": [knn_case(20, 0.1), knn_case(200, 0.1), knn_case(5, 1.0)],
        "logistic": [logistic_case(c) for c in (1e-3, 0.1, 10.0)],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size, "bytes")


main()
