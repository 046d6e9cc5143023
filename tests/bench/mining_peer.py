"""The peer of tests/bench/mining.ts: faiss's IVF-PQ with the found ones compared exactly.

The fewest lists are taken that reach a recall of .95; search is timed on ten thousand rows and extended
to all of them. Prints {"build", "search", "recall", "peakBytes"}, as support/mine_run.ts does.
"""

import json
import resource
import sys
import time

import faiss
import numpy as np

request = json.loads(sys.argv[1])
n, width, k, sample = (request[name] for name in ("n", "width", "k", "sample"))
x = np.fromfile(f"{request['folder']}/embeddings.bin", np.float32).reshape(n, width)
truth = np.fromfile(f"{request['folder']}/truth.bin", np.int32).reshape(sample, k)
asked = np.arange(sample) * (n // sample)

lists = int(round(n**0.5))
start = time.perf_counter()
quantizer = faiss.IndexFlatIP(width)
ivf = faiss.IndexIVFPQ(quantizer, width, lists, 32, 8, faiss.METRIC_INNER_PRODUCT)
ivf.train(x[np.random.default_rng(0).choice(n, min(n, 256 * lists), replace=False)])
ivf.add(x)
build = time.perf_counter() - start

exact = faiss.IndexFlatIP(width)
exact.add(x)
index = faiss.IndexRefine(ivf, exact)  # the found ones, compared exactly
index.k_factor = 4


def search(rows):
    return index.search(x[rows], k + 1)[1]


def recall():
    found = search(asked)
    return float(np.mean([len(np.intersect1d(a[a != i][:k], b)) / k for a, b, i in zip(found, truth, asked)]))


reached = 0.0
ivf.nprobe = 1
while True:
    reached = recall()
    if reached >= 0.95 or ivf.nprobe >= lists:
        break
    ivf.nprobe = min(lists, int(ivf.nprobe * 1.25) + 1)
rows = np.random.default_rng(1).choice(n, min(n, 10_000), replace=False)
start = time.perf_counter()
search(rows)
seconds = (time.perf_counter() - start) * n / len(rows)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"build": build, "search": seconds, "recall": reached, "peakBytes": peak}))
