"""Reference values for the geometry of features: geometry.json.

Alignment and uniformity by the functions that Wang & Isola publish in their paper (figure 6), the
standard deviation by lightly's std_of_l2_normalized, times sqrt(d); the effective rank and RankMe by
numpy's singular values; class separation pair by pair, as Kornblith et al. write it. In float64.

torch 2.15.0, lightly 1.6.0, numpy 2.4.6
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from lightly.utils.debug import std_of_l2_normalized

from common import save, tensor


def lalign(x, y, alpha=2):
    return (x - y).norm(dim=1).pow(alpha).mean()


def lunif(x, t=2):
    return torch.pdist(x, p=2).pow(2).mul(-t).exp().mean().log()


def shares(x):
    """Singular values, divided by their sum."""
    singular = np.linalg.svd(x, compute_uv=False)
    return singular / max(singular.sum(), 1e-300)


def effective_rank(x):
    p = shares(x)
    p = p[p > 1e-14]  # what is 0 but for rounding
    return float(np.exp(-(p * np.log(p)).sum())) if len(p) else 0.0


def rank_me(x):
    p = shares(x) + 1e-7
    return float(np.exp(-(p * np.log(p)).sum()))


def class_separation(x, labels):
    """1 - d_within / d_total: mean distances within each class and of each two, averaged."""
    distance = 1 - x @ x.T
    classes = np.unique(labels)
    block = lambda j, k: distance[np.ix_(labels == j, labels == k)].mean()
    within = np.mean([block(k, k) for k in classes])
    total = np.mean([[block(j, k) for k in classes] for j in classes])
    return float(1 - within / total) if total > 1e-12 else None


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
        "effectiveRank": effective_rank(x.numpy()),
        "rankMe": rank_me(x.numpy()),
        "classSeparation": class_separation(unit(x).numpy(), np.arange(n) ** 2 % 5),
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
