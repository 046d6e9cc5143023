"""Reference values for optimizers and schedules: optimizers.json.

torch 2.15.0

- SGD and AdamW: torch's own. Weights of one axis have no weight decay, as in the code of DINO and
  solo-learn; timm would exempt a ViT's class token and positions too.
- LARS: solo-learn's definition with its CIFAR configurations' options, written out below. lightly's
  differs: its trust coefficient is .001 instead of .02, it does not clip the rate, and it exempts
  whatever has no weight decay instead of what has one axis.
"""

import torch
from torch import nn

from common import numbers, save, tensor

# Five steps on fixed gradients, with a rate that changes.

SHAPES = {"weight": [4, 3], "bias": [3], "zero": [2, 2], "still": [2, 2]}
RATES = [0.1, 0.4, 0.3, 0.2, 0.05]


def initial_weights():
    weights = {name: tensor(name, shape) for name, shape in SHAPES.items()}
    return weights | {"zero": torch.zeros(2, 2)}  # LARS has a case of its own for it


def gradients(step):
    """The first step's are 0 for one weight: LARS has a case of its own for it too."""
    all = {name: tensor(f"{name} gradient {step}", shape) for name, shape in SHAPES.items()}
    return all | {"still": torch.zeros(2, 2) if step == 0 else all["still"]}


def torch_steps(optimizer, weight_decay, gradient_scale=1.0, held_back=0, **options):
    """All weights after each step of torch's; `weight` has no gradient in the first `held_back`."""
    params = {name: nn.Parameter(w) for name, w in initial_weights().items()}
    groups = [
        {"params": [p for p in params.values() if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in params.values() if p.ndim <= 1], "weight_decay": 0},
    ]
    descent = optimizer(groups, lr=0, **options)
    steps = []
    for step, rate in enumerate(RATES):
        for group in descent.param_groups:
            group["lr"] = rate
        for name, gradient in gradients(step).items():
            params[name].grad = gradient_scale * gradient
        if step < held_back:
            params["weight"].grad = None
        descent.step()
        steps.append({name: numbers(p) for name, p in params.items()})
    return steps


def sgd_case(momentum, weight_decay, nesterov):
    steps = torch_steps(torch.optim.SGD, weight_decay, momentum=momentum, nesterov=nesterov)
    return {"momentum": momentum, "weightDecay": weight_decay, "nesterov": nesterov, "steps": steps}


def adamw_case(betas, weight_decay, gradient_scale=1.0, held_back=0):
    steps = torch_steps(torch.optim.AdamW, weight_decay, gradient_scale, held_back, betas=betas)
    config = {"betas": betas, "weightDecay": weight_decay}
    return {**config, "gradientScale": gradient_scale, "heldBack": held_back, "steps": steps}


def lars_case(momentum, weight_decay, gradient_scale):
    """solo-learn's LARS as its CIFAR configurations set it: eta .02, clip, biases and norms exempt."""
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


def main():
    save(__file__, {
        "sgd": [sgd_case(0.9, 1e-2, False), sgd_case(0.9, 1e-2, True), sgd_case(0.0, 0.0, False)],
        "lars": [
            lars_case(0.9, 1e-2, 1.0),
            lars_case(0.9, 1e-4, 1e-3),
            lars_case(0.9, 0.0, 1e6),
            lars_case(0.9, 1e-6, 1e-12),
        ],
        "adamw": [
            adamw_case([0.9, 0.999], 0.05),
            adamw_case([0.9, 0.95], 0.0, gradient_scale=1e6),
            adamw_case([0.9, 0.999], 0.1, gradient_scale=1e-8),
            adamw_case([0.9, 0.999], 0.05, held_back=3),
        ],
        "schedules": [schedule_case(0.4, 10, 50), schedule_case(2.0, 0, 8), schedule_case(0.3, 1, 5)],
    })


if __name__ == "__main__":
    main()
