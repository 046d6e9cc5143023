"""Reference values for the evaluation: kNN and logistic regression on blurred clusters: evaluation.json.

torch 2.15.0, lightly 1.6.0, scikit-learn 1.9.1, numpy 2.4.6
"""

import numpy as np
import torch
import torch.nn.functional as F
from lightly.utils.benchmarking import knn_predict
from sklearn.linear_model import LogisticRegression

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


def main():
    save(__file__, {
        "knn": [knn_case(20, 0.1), knn_case(200, 0.1), knn_case(5, 1.0)],
        "logistic": [logistic_case(c) for c in (1e-3, 0.1, 10.0)],
    })


if __name__ == "__main__":
    main()
