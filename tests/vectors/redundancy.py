"""Reference values for the redundancy-reduction methods: redundancy.json.

torch 2.15.0, lightly 1.6.0

- Barlow Twins: lightly's BarlowTwinsLoss, times solo-learn's `scale_loss`; both standardise each view
  by batch norm without gain and bias (biased deviation, epsilon 1e-5).
"""

from lightly.loss import BarlowTwinsLoss
from torch import nn

from common import FEATURES, head, loss_case, save, train


def barlow_twins(lam, scale):
    return lambda a, b: scale * BarlowTwinsLoss(lambda_param=lam)(a, b)


def barlow_twins_steps():
    linear = lambda i, o, bias: nn.Linear(i, o, bias=bias)
    projector = head(
        *[linear(FEATURES, 8, False), nn.BatchNorm1d(8), nn.ReLU()],
        *[linear(8, 8, False), nn.BatchNorm1d(8), nn.ReLU(), linear(8, 5, True)],
    )

    def loss(online, _, views, __, ___):
        a, b = (online["heads"]["projector"](online["backbone"](view)) for view in views[:2])
        return barlow_twins(0.0051, 0.1)(a, b)

    return train({"projector": projector}, loss)


def main():
    save(__file__, {
        "losses": {
            "barlow_twins": [
                loss_case(barlow_twins(lam, scale), shape, **{"lambda": lam, "scale": scale})
                for shape, lam, scale in [([16, 6], 0.0051, 0.1), ([16, 6], 0.5, 1.0), ([2, 4], 0.005, 1.0)]
            ],
        },
        "training": {"barlow_twins": barlow_twins_steps()},
    })


if __name__ == "__main__":
    main()
