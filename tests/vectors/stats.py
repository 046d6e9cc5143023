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


def redrawn(a, b, test_to_train):
    """The corrected resampled t test: the variance of the mean is (1 / n + test / train) sd^2."""
    difference, n = np.array(b) - np.array(a), len(a)
    t = stats.t(n - 1, difference.mean(), np.sqrt((1 / n + test_to_train) * difference.var(ddof=1)))
    low, high = t.interval(0.95)
    p = 2 * min(t.cdf(0), t.sf(0))
    return {"a": a, "b": b, "testToTrain": test_to_train, "low": float(low), "high": float(high), "p": float(p)}


def holm(p):
    """Holm's procedure as stated in the paper: the largest of (m - j) p_(j) over all j up to this one."""
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1, (len(p) - np.arange(len(p))) * np.array(p)[order])
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(steps)
    return {"p": list(p), "adjusted": adjusted.tolist()}


def seeds_needed(sd, half_width):
    """The first n whose 95 % t interval is no wider, by counting up."""
    n = 2
    while stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n) > half_width:
        n += 1
    return {"sd": sd, "halfWidth": half_width, "n": n}


def bootstrap(seeds, images, same):
    """Percentile interval of the mean gain, in points, by 200,000 draws of seeds and images."""
    of_seed = rng.normal(0, 0.5, (seeds, 1))
    of_image = rng.normal(0, 1, (1, images)) if same else rng.normal(0, 1, (seeds, images))
    a, b = ((rng.normal(0, 1, (seeds, images)) + of_seed + of_image > shift).astype(int) for shift in (0.3, 0.0))
    draws = 200_000
    gains = np.empty(draws)
    for start in range(0, draws, 1000):
        weights = rng.multinomial(images, np.full(images, 1 / images), (1000, 1 if same else seeds))
        chosen = rng.integers(seeds, size=(1000, seeds))  # place p of a draw has seed chosen[:, p]
        difference = (b - a)[chosen]  # [1000, seeds, images]
        gains[start : start + 1000] = (difference * weights).sum((1, 2)) / (seeds * images)
    low, high = 100 * np.percentile(gains, [2.5, 97.5])
    text = lambda hits: ["".join(map(str, row)) for row in hits]
    return {"a": text(a), "b": text(b), "sameImages": same, "low": low, "high": high}


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
            "seedsNeeded": [seeds_needed(*case) for case in [(1.0, 1.0), (0.1, 5.0), (3.0, 1.0), (2.5, 0.2)]],
            "redrawn": [
                redrawn([30.5, 28.25, 31.0, 29.5], [33.0, 31.5, 32.25, 34.0], 0.25),
                redrawn([30.5, 28.25, 31.0], [30.0, 28.5, 29.5], 1 / 9),
            ],
            "bootstrap": [bootstrap(*case) for case in [(3, 120, True), (5, 60, True), (4, 90, False), (1, 100, True)]],
        },
        indent=1,
    )
)
