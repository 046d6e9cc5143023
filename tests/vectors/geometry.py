"""Reference values for the geometry of features: geometry.json.

Alignment and uniformity by the functions that Wang & Isola publish in their paper (figure 6), the
standard deviation by lightly's std_of_l2_normalized, times sqrt(d). In float64.

torch 2.15.0, lightly 1.6.0
"""

import math

import torch
import torch.nn.functional as F
from lightly.utils.debug import std_of_l2_normalized

from common import save, tensor


def lalign(x, y, alpha=2):
    return (x - y).norm(dim=1).pow(alpha).mean()


def lunif(x, t=2):
    return torch.pdist(x, p=2).pow(2).mul(-t).exp().mean().log()


def case(name, n, width, low=-1.0, change=lambda x, y: (x, y)):
    """Rows uniform in low … 1; `low` of 0 makes them what a network with a last ReLU gives."""
    x, y = change(tensor("anchors", [n, width], low), tensor("partners", [n, width], low))
    x, y = x.double(), y.double()
    unit = lambda rows: F.normalize(rows, dim=1)
    return {
        "name": name,
        "n": n,
        "width": width,
        "low": low,
        "alignment": lalign(unit(x), unit(y)).item(),
        "uniformity": lunif(unit(x)).item(),
        "featureStd": std_of_l2_normalized(x).item() * math.sqrt(width),
    }


def main():
    save(__file__, [
        case("spread", 40, 16),
        case("positive", 40, 16, low=0.0),
        case("two rows", 2, 5),
        case("one dimension", 9, 1),
        case("equal rows", 12, 8, change=lambda x, y: (x[:1].expand_as(x), x[:1].expand_as(x))),
        case("nearly equal rows", 12, 8, change=lambda x, y: (x[:1] + y / 1024, x[:1].expand_as(x))),
        case("rows of zeros", 12, 8, change=lambda x, y: (0 * x, y)),
    ])


if __name__ == "__main__":
    main()
