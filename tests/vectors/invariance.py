"""Reference values for what nuisance factors explain, for neighbours and for invariance: invariance.json.

Explained variance is the R^2 of scikit-learn's regression of the unit vectors on the levels, all
dimensions weighted by their variance, and its adjusted R^2; neighbours are scikit-learn's. Whitening
is by the inverse of numpy's covariance, as in the code of Ericsson et al. In float64.

scikit-learn 1.9.1, numpy 2.4.6
"""

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from common import save, uniform

N, WIDTH = 120, 6


def original():
    """Row i lies around the centre of class i mod 5 and is moved along by background i mod 3."""
    i = np.arange(N)
    centres, grounds = uniform("classes", [5, WIDTH]), uniform("backgrounds", [3, WIDTH], -0.5, 0.5)
    return (centres[i % 5] + grounds[i % 3] + uniform("noise", [N, WIDTH], -0.5, 0.5)).astype(np.float32)


def changed():
    return (original() + uniform("change", [N, WIDTH], -0.4, 0.4)).astype(np.float32)


FACTORS = {
    "concept": np.arange(N) % 5,
    "background": np.arange(N) % 3,
    "uneven": (np.arange(N) ** 2 % 31 < 5).astype(int),
    "light": uniform("light", [N]).astype(np.float64),
}


def levels(column):
    if len(set(column)) <= 20:
        return np.unique(column, return_inverse=True)[1]
    cuts = np.sort(column)[[k * len(column) // 5 for k in (1, 2, 3, 4)]]
    return np.searchsorted(cuts, column, side="right")


def factor(name, column):
    x, group = normalize(original().astype(np.float64)), levels(column)
    g = group.max() + 1
    dummies = np.eye(g)[group]
    fitted = LinearRegression().fit(dummies, x).predict(dummies)
    r2 = r2_score(x, fitted, multioutput="variance_weighted")
    nearest = NearestNeighbors(n_neighbors=7, metric="cosine").fit(x).kneighbors(return_distance=False)
    same = group[:, None] == group[None]
    return {
        "factor": name,
        "eta2": r2,
        "epsilon2": 1 - (1 - r2) * (N - 1) / (N - g),
        "levels": int(g),
        "shared": float((group[nearest] == group[:, None]).mean()),
        "chance": float(same[~np.eye(N, dtype=bool)].mean()),
    }


def invariance(width, dead=False):
    """Of the first features; `dead` ones are 0 in all images."""
    x, y = (rows.astype(np.float64)[:, :width] for rows in (original(), changed()))
    if dead:
        x, y = np.pad(x, [(0, 0), (2, 1)]), np.pad(y, [(0, 0), (2, 1)])
    inverse = np.linalg.pinv(np.cov(x, rowvar=False), rcond=1e-10, hermitian=True)
    product = lambda a, b: np.einsum("ni,ij,nj->n", a, inverse, b)
    a, b = x - x.mean(0), y - x.mean(0)
    cosines = normalize(x) @ normalize(y).T
    random = cosines[~np.eye(N, dtype=bool)].mean()
    cosine = np.diag(cosines).mean()
    nearest = NearestNeighbors(n_neighbors=1, metric="cosine").fit(y).kneighbors(x, return_distance=False)
    return {
        "width": width,
        "dead": dead,
        "cosine": cosine,
        "random": random,
        "relative": (cosine - random) / (1 - random),
        "whitened": (product(a, b) / np.sqrt(product(a, a) * product(b, b))).mean(),
        "retrieval": float((nearest[:, 0] == np.arange(N)).mean()),
    }


def main():
    save(__file__, {
        "factors": [factor(name, column) for name, column in FACTORS.items()],
        "invariance": [invariance(WIDTH), invariance(3), invariance(5, dead=True)],
    })


if __name__ == "__main__":
    main()
