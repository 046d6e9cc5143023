"""The peer of tests/bench/evaluation.ts: scikit-learn's linear probe, lightly's kNN.

A request names a folder with features.bin (float32), labels.bin (int32), and how many rows are for
what, e.g. {"task": "probe", "folder": "/tmp/x", "width": 512, "fit": 40000, "held": 10000, "test":
10000, "steps": 1}. The rows lie in this order; kNN's bank has those of fit and held. An answer's "loss" is
what came out; its seconds are the work's, without the objectives that are worked out for the answer.
"""

import time
import warnings

import lightly
import numpy as np
import sklearn
import torch
import torch.nn.functional as F
from lightly.utils.benchmarking import knn_predict
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from support.torch_peer import serve

CHUNK = 512  # faster than 64 or 256

warnings.simplefilter("ignore", ConvergenceWarning)  # ssl-transfer stops after 100 iterations


class Outcome(dict):
    def item(self):
        return self


def make_step(task, folder, width, fit, held, test):
    x = np.fromfile(f"{folder}/features.bin", np.float32).reshape(-1, width)
    y = np.fromfile(f"{folder}/labels.bin", np.int32)
    known, end = fit + held, fit + held + test
    others = x[known:end], y[known:end]
    if task == "knn":
        return lambda: knn(x[:known], y[:known], *others)
    return lambda: probe((x[:fit], y[:fit]), (x[fit:known], y[fit:known]), (x[:known], y[:known]), others)


def probe(fit, held, known, others):
    """ssl-transfer's linear.py, in float32, scikit-learn's faster path."""
    start = time.perf_counter()
    model, iterations, scores, weights = LogisticRegression(warm_start=True), 0, [], []
    grid = 1 / np.logspace(-6, 5, 45)
    for c in grid:
        model.set_params(C=c).fit(*fit)
        iterations += int(model.n_iter_[0])
        scores.append(model.score(*held))
        weights.append((model.coef_.copy(), model.intercept_.copy()))
    best = float(grid[np.argmax(scores)])
    model.set_params(C=best).fit(*known)
    seconds = time.perf_counter() - start
    objectives = [objective(*fit, *each, c) for each, c in zip(weights, grid)]
    return Outcome(seconds=seconds, iterations=iterations + int(model.n_iter_[0]), c=best, held=max(scores),
                   objective=float(np.mean(objectives)), top1=float(model.score(*others)))


def objective(x, y, weights, bias, c):
    logits = torch.from_numpy(x @ weights.T + bias)
    entropy = F.cross_entropy(logits.double(), torch.from_numpy(y).long()).item()
    return entropy + (weights.astype(np.float64) ** 2).sum() / (2 * c * len(y))


def knn(bank, voices, queries, labels):
    start = time.perf_counter()
    bank, voices = F.normalize(torch.from_numpy(bank)).T.contiguous(), torch.from_numpy(voices).long()
    queries, labels = torch.from_numpy(queries), torch.from_numpy(labels)
    best = [knn_predict(F.normalize(chunk), bank, voices, 100, 200, 0.1)[:, 0] for chunk in queries.split(CHUNK)]
    seconds = time.perf_counter() - start
    return Outcome(seconds=seconds, top1=(torch.cat(best) == labels).double().mean().item())


serve(make_step, lightly=lightly.__version__, sklearn=sklearn.__version__)
