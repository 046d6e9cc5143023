"""Reference values for lib/mining: neighbours and mutual pairs by scikit-learn, intervals by scipy, and a
small ONNX model with what torch makes of an image.

    python -m pip install onnx==1.23.2 onnxscript==0.7.2
    python tests/vectors/mining.py
"""

import json
import pathlib

import numpy as np
import torch
from scipy.stats import binomtest
from sklearn.neighbors import NearestNeighbors
from torch import nn

from common import numbers, tensor, uniform

here = pathlib.Path(__file__).parent


def neighbours(n, width, k):
    """Groups of four rows around a centre, so that neighbours are not all chance."""
    rows = uniform("mining rows", (n, width)) + 2 * np.repeat(uniform("mining centres", (n // 4, width)), 4, 0)
    found = NearestNeighbors(n_neighbors=k + 1, metric="cosine").fit(rows)
    distances, indices = found.kneighbors(rows)
    others = [[j for j in row if j != i][:k] for i, row in enumerate(indices)]
    cosines = [[1 - d for j, d in zip(js, ds) if j != i][:k] for i, (js, ds) in enumerate(zip(indices, distances))]
    graph = np.zeros((n, n), bool)
    for i, js in enumerate(others):
        graph[i, js] = True
    mutual = np.argwhere(np.triu(graph & graph.T)).tolist()
    return {
        "n": n, "width": width, "k": k,
        "indices": np.array(others).ravel().tolist(),
        "cosines": numbers(np.array(cosines)),
        "mutual": mutual,
    }


def intervals():
    cases = [(0, 5), (5, 5), (3, 10), (90, 100), (1, 1000), (997, 1000)]
    found = [binomtest(right, judged).proportion_ci(0.95, "wilson") for right, judged in cases]
    return [{"right": r, "judged": n, "low": float(ci.low), "high": float(ci.high)} for (r, n), ci in zip(cases, found)]


class Small(nn.Module):
    """A convolution, a pooling, a vector of five."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 5, 3, stride=2, padding=1)
        with torch.no_grad():
            self.convolution.weight.copy_(tensor("mining weight", (5, 3, 3, 3)))
            self.convolution.bias.copy_(tensor("mining bias", (5,)))

    def forward(self, x):
        return self.convolution(x).relu().mean((2, 3))


def model():
    """The pictures are bytes, 8 x 8; normalised by ImageNet's statistics, as torchvision does it."""
    network = Small().eval()
    pixels = np.floor(uniform("mining pictures", (3, 3, 8, 8), 0, 256)).astype(np.float32)
    mean, std = (torch.tensor(v).reshape(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    images = (torch.tensor(pixels) / 255 - mean) / std
    torch.onnx.export(
        network, (images,), here / "mining.onnx", input_names=["images"], output_names=["features"],
        dynamic_shapes={"x": {0: torch.export.Dim("batch")}}, external_data=False,
    )
    return numbers(network(images))


json.dump(
    {"neighbours": neighbours(48, 6, 5), "intervals": intervals(), "onnx": model()},
    (here / "mining.json").open("w"),
)
