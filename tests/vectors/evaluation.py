"""Reference values for the evaluation: kNN, logistic regression and accuracies: evaluation.json.

torch 2.15.0, lightly 1.6.0, scikit-learn 1.9.1, numpy 2.4.6
"""

import warnings

import numpy as np
import torch
import torch.nn.functional as F
from lightly.utils.benchmarking import knn_predict
from scipy.stats import binomtest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, top_k_accuracy_score

from common import save, uniform


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


WIDTH, CLASSES = 8, 7
GRID = np.logspace(-6, 5, 45)  # weight decays of ssl-transfer

# How the labels of the training images are dealt out, their blur, and whether a feature is constant.
balanced = [i % CLASSES for i in range(300)]
SETS = {
    "blurred": {"labels": balanced, "blur": 1.5},
    "separable": {"labels": balanced, "blur": 0.2},
    "imbalanced": {"labels": [min(i % 40, 6) for i in range(300)], "blur": 1.5},
    "a constant feature": {"labels": balanced, "blur": 1.5, "constant": 3},
    "a class without training images": {"labels": [i % 6 for i in range(300)], "blur": 1.5},
    "one image a class": {"labels": list(range(CLASSES)), "blur": 1.0},
    "fewer images than classes": {"labels": [0, 2, 5, 6], "blur": 1.0},
}


def rows(name, labels, blur, constant=None):
    """Row i is the centre of its class, blurred; the tests make the same."""
    centres = uniform("centres", [CLASSES, WIDTH])
    x = uniform(name, [len(labels), WIDTH], -blur, blur) + centres[labels]
    if constant is not None:
        x[:, constant] = 1.5
    return x.astype(np.float64), np.array(labels)


def logistic_set(name):
    """The minimum, found to eight digits, and what it says of 500 others, of which class 4 is absent."""
    x, labels = rows("train", **SETS[name])
    others, expected = rows("others", **{**SETS[name], "labels": [[0, 1, 2, 3, 5, 6][i % 6] for i in range(500)]})
    n, fits = len(x), []
    for c in (1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e5):
        model = LogisticRegression(C=c, tol=1e-8, max_iter=100000).fit(x, labels)
        truth = np.searchsorted(model.classes_, labels)
        entropy = -np.log(model.predict_proba(x)[np.arange(n), truth]).mean()
        objective = entropy + (model.coef_**2).sum() / (2 * c * n)
        fits.append({"c": c, "objective": objective, "accuracy": model.score(others, expected)})
    return {"name": name, **SETS[name], "fits": fits}


def transfer_case(name, metric):
    """linear.py of ssl-transfer: C is chosen on the validation images, then all are fitted."""
    options = SETS[name]
    sizes = {"train": 300, "validation": 200, "others": 500}
    labels = lambda part: (options["labels"] * 2)[: sizes[part]]
    (x, y), (held, held_y), (test, test_y) = (rows(part, **{**options, "labels": labels(part)}) for part in sizes)
    model = LogisticRegression(warm_start=True)
    measure = {"top1": lambda a, b: (a == b).mean(), "meanPerClass": balanced_accuracy_score}[metric]
    scores = []
    for decay in GRID:
        model.set_params(C=1 / decay).fit(x, y)
        scores.append(measure(held_y, model.predict(held)))
    best = int(np.argmax(scores))
    model.set_params(C=1 / GRID[best]).fit(np.concatenate([x, held]), np.concatenate([y, held_y]))
    return {"name": name, **options, "metric": metric, "c": 1 / GRID[best], "validation": scores,
            "accuracy": measure(test_y, model.predict(test))}


def accuracy_case(name, labels, classes):
    """Scores of uniform numbers, which are all different."""
    scores, labels = uniform(name, [len(labels), classes]), np.array(labels)
    scores[np.arange(len(labels)), labels] += 0.5
    predicted = scores.argmax(1)
    return {"name": name, "labels": labels.tolist(), "classes": classes, "top1": float((predicted == labels).mean()),
            "top5": top_k_accuracy_score(labels, scores, k=5, labels=range(classes)),
            "meanPerClass": balanced_accuracy_score(labels, predicted)}


def interval_case(correct, n):
    interval = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    return {"correct": correct, "n": n, "low": interval.low, "high": interval.high}


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)  # ssl-transfer stops after 100 iterations
    warnings.simplefilter("ignore", UserWarning)  # a class that is predicted, but absent
    save(__file__, {
        "knn": [knn_case(20, 0.1), knn_case(200, 0.1), knn_case(5, 1.0)],
        "logistic": [logistic_case(c) for c in (1e-3, 0.1, 10.0)],
        "sets": [logistic_set(name) for name in SETS],
        "transfer": [transfer_case(*case) for case in (
            ("blurred", "top1"), ("imbalanced", "meanPerClass"), ("a class without training images", "top1"))],
        "accuracies": [
            accuracy_case("all classes", [i % 12 for i in range(200)], 12),
            accuracy_case("absent classes", [i * i % 12 for i in range(200)], 12),
            accuracy_case("one class", [3] * 20, 6),
        ],
        "intervals": [interval_case(*case) for case in ((0, 10), (90, 100), (10000, 10000), (1, 3))],
    })


if __name__ == "__main__":
    main()
