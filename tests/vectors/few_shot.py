"""Reference values for few-shot classification, on the blurred clusters of evaluation.py: few_shot.json.

The classifier is few_shot.py of github.com/linusericsson/ssl-transfer at 416913f: squared Euclidean
distances to the class means, of features as they are; the interval is 1.96 numpy deviations over sqrt(n).

torch 2.15.0, numpy 2.4.6
"""

import numpy as np
import torch

from common import save
from evaluation import clusters


def episode(generator, labels, ways, shots, queries):
    classes = generator.permutation(7)[:ways]
    drawn = [generator.permutation(np.flatnonzero(labels == c))[:shots + queries] for c in classes]
    return np.stack([d[:shots] for d in drawn]), np.stack([d[shots:] for d in drawn])


def accuracy(x, support, queries):
    """ProtoNet.loss and euclidean_dist of few_shot.py."""
    prototypes, asked = x[support].mean(1), x[queries.ravel()]
    distances = torch.pow(asked.unsqueeze(1) - prototypes.unsqueeze(0), 2).sum(2)
    found = torch.log_softmax(-distances, dim=1).view(*queries.shape, -1).max(2)[1]
    return torch.eq(found, torch.arange(len(queries)).view(-1, 1)).double().mean().item()


def case(seed, ways, shots, queries, count=12):
    values, labels = clusters("bank", 300, 8, 7)
    generator = np.random.default_rng(seed)
    episodes = [episode(generator, labels, ways, shots, queries) for _ in range(count)]
    accuracies = [accuracy(torch.tensor(values), s, q) for s, q in episodes]
    return {
        "ways": ways, "accuracies": accuracies, "mean": np.mean(accuracies),
        "half": 1.96 * np.std(accuracies) / np.sqrt(count),
        "episodes": [{"support": s.ravel().tolist(), "queries": q.ravel().tolist()} for s, q in episodes],
    }


def main():
    save(__file__, {"cases": [case(1, 5, 1, 15), case(2, 5, 5, 15), case(3, 7, 10, 4)]})


if __name__ == "__main__":
    main()
