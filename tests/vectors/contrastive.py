"""Reference values for the contrastive methods: contrastive.json.

torch 2.15.0, lightly 1.6.0

- NT-Xent: lightly's NTXentLoss and a plain torch formula; both agree.
- SimCLR: both views pass as one batch, as in the paper's code; lightly's example passes them one after
  the other. The projector ends in batch norm, as in both; solo-learn's does not.
"""

import math

import torch
import torch.nn.functional as F
from lightly.loss import NTXentLoss
from torch import nn

from common import FEATURES, head, loss_case, save, train


def nt_xent(temperature):
    def loss(a, b):
        z = F.normalize(torch.cat([a, b]))
        logits = (z @ z.T / temperature).fill_diagonal_(-math.inf)
        value = F.cross_entropy(logits, (torch.arange(len(z)) + len(a)) % len(z))
        torch.testing.assert_close(value, NTXentLoss(temperature)(a, b))
        return value

    return loss


def simclr_steps():
    projector = head(
        *[nn.Linear(FEATURES, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU()],
        *[nn.Linear(8, 5, bias=False), nn.BatchNorm1d(5)],
    )

    def loss(online, _, views, __, ___):
        a, b = online["heads"]["projector"](online["backbone"](torch.cat(views[:2]))).chunk(2)
        return NTXentLoss(0.2)(a, b)

    return train({"projector": projector}, loss)


def main():
    save(__file__, {
        "losses": {
            "nt_xent": [
                loss_case(nt_xent(t), shape, temperature=t)
                for shape, t in [([8, 5], 0.2), ([8, 5], 0.02), ([8, 5], 10.0), ([2, 3], 0.5)]
            ],
        },
        "training": {"simclr": simclr_steps()},
    })


if __name__ == "__main__":
    main()
