"""Reference values for the bounds, which learn from labels: bounds.json.

torch 2.15.0, lightly 1.6.0

- SupCon: eq. 2 of the paper, L_out, in plain torch; with each pair a class of its own it is lightly's
  NTXentLoss, and it agrees with pytorch-metric-learning 2.9.0 to the last digit (by hand: lightly has
  no SupCon). The authors' code has a further factor of temperature / .07, 1 at its default; the paper
  has none. solo-learn has L_in, eq. 3. No batch norm in the projector, as in the authors' code.
- Supervised: torch's cross entropy on both views, which pass as one batch.
"""

import torch
import torch.nn.functional as F
from lightly.loss import NTXentLoss
from torch import nn

from common import FEATURES, LABELS, head, loss_case, save, train


def sup_con(temperature, labels):
    def loss(a, b):
        z = F.normalize(torch.cat([a, b]))
        classes = torch.tensor(labels).repeat(2)
        self = torch.eye(len(z), dtype=torch.bool)
        logits = (z @ z.T / temperature).masked_fill(self, -torch.inf)
        positives = (classes[:, None] == classes) & ~self
        found = F.log_softmax(logits, 1).masked_fill(~positives, 0)
        value = -(found.sum(1) / positives.sum(1)).mean()
        if len(set(labels)) == len(labels):
            torch.testing.assert_close(value, NTXentLoss(temperature)(a, b))
        return value

    return loss


def sup_con_case(shape, temperature, labels):
    return loss_case(sup_con(temperature, labels), shape, temperature=temperature, labels=labels)


def cross_entropy_case(shape, labels):
    """The inputs are the logits of both views."""
    y = torch.tensor(labels)
    both = lambda a, b: (F.cross_entropy(a, y) + F.cross_entropy(b, y)) / 2
    return loss_case(both, shape, labels=labels)


def supcon_steps():
    def loss(online, _, views, __, ___):
        z = online["heads"]["projector"](online["backbone"](torch.cat(views[:2])))
        return sup_con(0.2, LABELS)(*z.chunk(2))

    return train({"projector": head(nn.Linear(FEATURES, 8), nn.ReLU(), nn.Linear(8, 5))}, loss)


def supervised_steps():
    def loss(online, _, views, __, ___):
        logits = online["heads"]["classifier"](online["backbone"](torch.cat(views[:2])))
        return F.cross_entropy(logits, torch.tensor(LABELS).repeat(2))

    return train({"classifier": head(nn.Linear(FEATURES, 4))}, loss)


def main():
    save(__file__, {
        "losses": {
            "sup_con": [
                sup_con_case([8, 5], 0.2, LABELS),
                sup_con_case([8, 5], 0.01, LABELS),
                sup_con_case([8, 5], 10.0, LABELS),
                sup_con_case([6, 4], 0.2, [0, 0, 0, 0, 0, 1]),
                sup_con_case([6, 4], 0.2, [2, 2, 2, 2, 2, 2]),
                sup_con_case([6, 4], 0.2, [5, 4, 3, 2, 1, 0]),
                sup_con_case([2, 3], 0.5, [0, 1]),
                sup_con_case([2, 3], 0.5, [1, 1]),
            ],
            "cross_entropy": [
                cross_entropy_case([8, 4], LABELS),
                cross_entropy_case([1, 3], [2]),
                cross_entropy_case([4, 2], [1, 1, 1, 1]),
            ],
        },
        "training": {"supcon": supcon_steps(), "supervised": supervised_steps()},
    })


if __name__ == "__main__":
    main()
