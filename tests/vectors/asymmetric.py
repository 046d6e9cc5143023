"""Reference values for the asymmetric methods: asymmetric.json.

torch 2.15.0, lightly 1.6.0

- Negative cosine: lightly's NegativeCosineSimilarity.
- BYOL: the paper's loss, the sum of both directions' 2 - 2 cos, as in its code and in solo-learn;
  lightly's example has the mean of both directions' -cos: the same gradients times 1/4. The average
  follows after the optimizer's step, as in the paper's code; in lightly's example before the step.
- SimSiam: the mean of both directions, as in the paper, lightly and solo-learn.
- Heads: lightly's. The paper's code of BYOL has no bias in the output layers.
"""

import math

import torch
import torch.nn.functional as F
from lightly.loss import NegativeCosineSimilarity
from lightly.models.modules import heads

from common import FEATURES, loss_case, save, train

negative_cosine = NegativeCosineSimilarity()


def regression(q, z):
    """BYOL's loss in one direction, from squared distances; agrees with cosines."""
    value = F.mse_loss(F.normalize(q), F.normalize(z), reduction="none").sum(1).mean()
    torch.testing.assert_close(value, 2 + 2 * negative_cosine(q, z))
    return value


def zero_row(shape):
    """The first prediction is zero: the gradients of all other rows, which it must not disturb."""
    keep = torch.ones(shape[0], 1).index_fill(0, torch.tensor([0]), 0)
    case = loss_case(negative_cosine, shape, edge=lambda p, z: (p * keep, z))
    rest = lambda gradient: gradient[shape[1] :]
    return {**case, "a": rest(case["a"]), "b": rest(case["b"])}


def tau(step, start=0.9, total=3):
    """From `start` to 1 by half a cosine, over three steps."""
    return 1 - (1 - start) * (math.cos(math.pi * step / total) + 1) / 2


def byol_steps():
    def loss(online, follower, views, _, __):
        predict = lambda x: online["heads"]["predictor"](online["heads"]["projector"](online["backbone"](x)))
        predictions = [predict(view) for view in views[:2]]
        with torch.no_grad():
            targets = [follower["heads"]["projector"](follower["backbone"](view)) for view in views[:2]]
        return regression(predictions[0], targets[1]) + regression(predictions[1], targets[0])

    modules = {
        "projector": heads.BYOLProjectionHead(FEATURES, 8, 5).layers,
        "predictor": heads.BYOLPredictionHead(5, 7, 5).layers,
    }
    return train(modules, loss, momentum=("projector",), tau=tau)


def simsiam_steps():
    def loss(online, _, views, __, ___):
        projections = [online["heads"]["projector"](online["backbone"](view)) for view in views[:2]]
        predictions = [online["heads"]["predictor"](z) for z in projections]
        a, b = (z.detach() for z in projections)
        return 0.5 * (negative_cosine(predictions[0], b) + negative_cosine(predictions[1], a))

    modules = {
        "projector": heads.SimSiamProjectionHead(FEATURES, 8, 5).layers,
        "predictor": heads.SimSiamPredictionHead(5, 4, 5).layers,
    }
    return train(modules, loss)


def main():
    shapes = [[8, 5], [2, 3], [4, 64]]
    save(__file__, {
        "losses": {
            "negative_cosine": [loss_case(negative_cosine, shape) for shape in shapes],
            "regression": [loss_case(regression, shape) for shape in shapes],
            "zero_row": zero_row([4, 3]),
        },
        "training": {"byol": byol_steps(), "simsiam": simsiam_steps()},
    })


if __name__ == "__main__":
    main()
