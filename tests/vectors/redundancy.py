"""Reference values for the redundancy-reduction methods: redundancy.json.

torch 2.15.0, lightly 1.6.0

- Barlow Twins: lightly's BarlowTwinsLoss, times solo-learn's `scale_loss`; both standardise each view
  by batch norm without gain and bias (biased deviation, epsilon 1e-5), as the paper's code does.
- VICReg: lightly's VICRegLoss, which is the paper's code: the variance term is the mean of both
  branches' hinges. The paper's equations and solo-learn have their sum: a weight twice as large.
- Heads: lightly's. The output layer's bias, which the code of both papers leaves out, cancels.
- VICReg's three steps have a tenth of the published weights: at the learning rate of all methods here,
  steps ten times as long would magnify the rounding of fp32 beyond 1e-4.
"""

import torch
from lightly.loss import BarlowTwinsLoss, VICRegLoss
from lightly.models.modules.heads import BarlowTwinsProjectionHead, VICRegProjectionHead

from common import FEATURES, loss_case, save, train


def constant_feature(a, b):
    """The anchors' first feature is the same in the whole batch; edges.ts has the same."""
    return torch.cat([torch.full_like(a[:, :1], 0.5), a[:, 1:]], 1), b


def equal_rows(a, b):
    """All embeddings of a view are the same: collapse."""
    return a[:1].expand_as(a), b[:1].expand_as(b)


def equal_views(a, b):
    return a, a


def barlow_twins(lam, scale):
    return lambda a, b: scale * BarlowTwinsLoss(lambda_param=lam)(a, b)


def vicreg(invariance, variance, covariance):
    return VICRegLoss(lambda_param=invariance, mu_param=variance, nu_param=covariance)


def barlow_case(shape, lam, scale, **edge):
    return loss_case(barlow_twins(lam, scale), shape, **{"lambda": lam, "scale": scale}, **edge)


def vicreg_case(shape, *weights, **edge):
    named = dict(zip(("invariance", "variance", "covariance"), weights))
    return loss_case(vicreg(*weights), shape, **named, **edge)


def steps(projector, loss):
    def both(online, _, views, __, ___):
        return loss(*(online["heads"]["projector"](online["backbone"](view)) for view in views[:2]))

    return train({"projector": projector.layers}, both)


def main():
    save(__file__, {
        "losses": {
            "barlow_twins": [
                barlow_case([16, 6], 0.0051, 0.1),
                barlow_case([16, 6], 0.5, 1.0),
                barlow_case([2, 4], 0.005, 1.0),
                barlow_case([16, 1], 0.5, 1.0),
            ],
            "vicreg": [
                vicreg_case([16, 6], 25.0, 25.0, 1.0),
                vicreg_case([16, 6], 1.0, 0.0, 10.0),
                vicreg_case([2, 4], 25.0, 25.0, 1.0),
                vicreg_case([16, 1], 25.0, 25.0, 1.0),
            ],
            # One case of each loss for each edge.
            "edges": {
                edge.__name__: {
                    "barlow_twins": barlow_case([16, 6], 0.1, 1.0, edge=edge),
                    "vicreg": vicreg_case([16, 6], 25.0, 25.0, 1.0, edge=edge),
                }
                for edge in (constant_feature, equal_rows, equal_views)
            },
        },
        "training": {
            "barlow_twins": steps(BarlowTwinsProjectionHead(FEATURES, 8, 5), barlow_twins(0.0051, 0.1)),
            "vicreg": steps(VICRegProjectionHead(FEATURES, 8, 5), vicreg(2.5, 2.5, 0.1)),
        },
    })


if __name__ == "__main__":
    main()
