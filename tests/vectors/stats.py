"""Reference values for lib/study/stats.ts from scipy: python stats.py > stats.json"""

import json

import numpy as np
from scipy import stats

rng = np.random.default_rng(1)


def paired(a, b):
    difference = np.array(b) - np.array(a)
    result = stats.ttest_rel(b, a)
    interval = result.confidence_interval(0.95)
    return {
        "a": list(a),
        "b": list(b),
        "mean": float(difference.mean()),
        "low": float(interval.low),
        "high": float(interval.high),
        "p": float(result.pvalue),
        "dz": float(difference.mean() / difference.std(ddof=1)),
    }


def holm(p):
    """Holm's procedure as stated in the paper: the largest of (m - j) p_(j) over all j up to this one."""
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1, (len(p) - np.arange(len(p))) * np.array(p)[order])
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(steps)
    return {"p": list(p), "adjusted": adjusted.tolist()}


print(
    json.dumps(
        {
            "scipy": __import__("scipy").__version__,
            "paired": [
                paired(a := rng.normal(30, 3, n).round(3).tolist(), (np.array(a) + rng.normal(2, s, n)).round(3).tolist())
                for n, s in [(2, 1), (3, 0.5), (3, 4), (5, 1), (12, 6)]
            ],
            "holm": [holm(rng.uniform(0, 0.2, n).round(5).tolist()) for n in (1, 2, 6, 12)]
            + [holm([0.04, 0.01, 0.03, 0.01])],
        },
        indent=1,
    )
)
