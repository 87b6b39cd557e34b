"""Examples for the tests of search, from outside learnscope."""

import functools
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from learnscope.arrays import Array, Ints

IMAGES = "train-images-idx3-ubyte"


@functools.cache
def digits() -> tuple[Array, Ints]:
    """scikit-learn's digits: (1797, 64) grey values 0 to 16, and (1797,) labels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.data, data.target.astype(np.int64)


def mnist_folder() -> Path:
    """The folder with the files of MNIST; skips where they are not here."""
    places = [os.environ.get("LEARNSCOPE_DATA", ""), str(Path(__file__).parents[3] / "shared/data")]
    for place in filter(None, places):
        for path in (Path(place) / "mnist", Path(place)):
            if (path / f"{IMAGES}.gz").is_file():
                return path
    pytest.skip("the MNIST files are not here: set LEARNSCOPE_DATA to the folder that has them")


def mnist_images() -> Array:
    """The 60,000 training images of MNIST, (60000, 784) uint8; skips where they are not here."""
    content = gzip.decompress((mnist_folder() / f"{IMAGES}.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=16).reshape(60_000, 784)


def by_hand(codes: Array, queries: Array, metric: str, own: Array | None = None) -> Array:
    """Distances (q, n) in double precision, pair by pair; own rows and zeros are infinite."""
    a, b = np.asarray(queries, dtype=np.float64), np.asarray(codes, dtype=np.float64)
    if metric == "euclidean":
        table = np.array([np.sqrt(np.square(b - row).sum(axis=1)) for row in a])
    else:
        with np.errstate(invalid="ignore", divide="ignore"):
            u, v = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (a, b))
            table = np.array([np.square(v - row).sum(axis=1) / 2 for row in u])
        table = np.where(np.isnan(table), np.inf, table)
    if own is not None:
        table[np.arange(len(own)), own] = np.inf
    return table
