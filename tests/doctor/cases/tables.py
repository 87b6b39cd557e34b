"""Data of the cases: bundled tables and small synthetic ones, split into train and test."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor


class Split(NamedTuple):
    """Rows to train on and rows to test on."""

    X: Tensor
    y: Tensor
    X_test: Tensor
    y_test: Tensor


def split(x: Any, y: Any, seed: int, test: float = 0.3) -> Split:
    """Shuffle the rows and set `test` of them aside; inputs become float32."""
    order = np.random.default_rng(1000 + seed).permutation(len(x))
    cut = int(len(x) * (1 - test))
    tx = torch.as_tensor(np.asarray(x), dtype=torch.float32)
    ty = torch.as_tensor(np.asarray(y))
    ty = ty.to(torch.float32) if ty.is_floating_point() else ty.long()
    a, b = torch.as_tensor(order[:cut]), torch.as_tensor(order[cut:])
    return Split(tx[a], ty[a], tx[b], ty[b])


def scaled(s: Split) -> Split:
    """Standardise the inputs with the mean and deviation of the training rows."""
    mean, sd = s.X.mean(0), s.X.std(0) + 1e-6
    return s._replace(X=(s.X - mean) / sd, X_test=(s.X_test - mean) / sd)


def bundled(name: str, seed: int) -> Split:
    """Return one of scikit-learn's tables as it is: iris, wine, cancer, diabetes, digits."""
    from sklearn import datasets

    loaders = {
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "cancer": datasets.load_breast_cancer,
        "diabetes": datasets.load_diabetes,
        "digits": datasets.load_digits,
    }
    x, y = loaders[name](return_X_y=True)
    return split(x, y, seed)


def digits(seed: int, n: int = 1797, *, images: bool = False) -> Split:
    """Return the first `n` digits, grey values in [0, 1], as rows or as (1, 8, 8) images."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = x[:n] / 16.0
    return split(x.reshape(-1, 1, 8, 8) if images else x, y[:n], seed)


def moons(seed: int, n: int = 400, noise: float = 0.1) -> Split:
    """Return two half moons with int64 labels."""
    from sklearn.datasets import make_moons

    x, y = make_moons(n, noise=noise, random_state=seed)
    return split(x, y, seed)


def circles(seed: int, n: int = 400, noise: float = 0.08) -> Split:
    """Return two circles, one in the other, with int64 labels."""
    from sklearn.datasets import make_circles

    x, y = make_circles(n, noise=noise, factor=0.45, random_state=seed)
    return split(x, y, seed)


def blobs(seed: int, n: int = 400, k: int = 4, d: int = 5, spread: float = 1.0) -> Split:
    """Return `k` Gaussian clusters in `d` dimensions."""
    from sklearn.datasets import make_blobs

    x, y = make_blobs(n, d, centers=k, cluster_std=spread, center_box=(-4, 4), random_state=7)
    return split(x, y, seed)


def sine(seed: int, n: int = 300, noise: float = 0.05) -> Split:
    """Return y = sin(3 x) + noise over [-2, 2]; y has the shape (n, 1)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (n, 1))
    return split(x, np.sin(3 * x) + noise * rng.standard_normal((n, 1)), seed)


def plane(seed: int, n: int = 400, d: int = 6, k: int = 1, noise: float = 0.1) -> Split:
    """Return a linear regression with `k` outputs of about unit variance."""
    rng = np.random.default_rng(seed)
    w = rng.standard_normal((d, k)) / np.sqrt(d)
    x = rng.standard_normal((n, d))
    return split(x, x @ w + noise * rng.standard_normal((n, k)), seed)


def surface(seed: int, n: int = 500, noise: float = 0.05) -> Split:
    """Return y = x0 x1 + sin(2 x2) of four inputs; y has the shape (n, 1)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (n, 4))
    y = x[:, :1] * x[:, 1:2] + np.sin(2 * x[:, 2:3])
    return split(x, y + noise * rng.standard_normal((n, 1)), seed)


def waves(seed: int, n: int = 400, t: int = 20) -> Split:
    """Return noisy series (n, t, 1), of a slow wave (class 0) or of a quick one (class 1)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    phase, rate = rng.uniform(0, 6.28, (n, 1)), np.where(y, 1.1, 0.5)[:, None]
    x = np.sin(rate * np.arange(t) + phase) + 0.1 * rng.standard_normal((n, t))
    return split(x[:, :, None], y, seed)


def low_rank(seed: int, n: int = 400, d: int = 12, rank: int = 4) -> Split:
    """Return rows near a plane of `rank` dimensions, as inputs and as targets."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, rank)) @ np.random.default_rng(5).standard_normal((rank, d))
    x = x / x.std(0) + 0.05 * rng.standard_normal((n, d))
    return split(x, x.copy(), seed)


def column(y: Tensor) -> Tensor:
    """Return labels as a float column (n, 1)."""
    return y.float().reshape(-1, 1)
