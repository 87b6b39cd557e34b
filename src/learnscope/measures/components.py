"""Principal components: the best that a linear autoencoder can do."""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Components:
    """The directions in which rows vary most.

    Attributes:
        mean: (d,) of the rows.
        directions: (c, d) orthonormal, the one with the largest variance first.
        variances: (d,) variance of the rows along every direction, largest first.
    """

    mean: Array
    directions: Array
    variances: Array

    def encode(self, x: Array) -> Array:
        """Return the codes (n, c) of rows (n, d)."""
        return np.asarray((x - self.mean) @ self.directions.T)

    def decode(self, codes: Array) -> Array:
        """Return the rows (n, d) that codes (n, c) stand for."""
        return np.asarray(codes @ self.directions + self.mean)

    def reconstruct(self, x: Array) -> Array:
        """Return rows (n, d) after the way through their codes."""
        return self.decode(self.encode(x))

    @property
    def mse(self) -> float:
        """Mean squared error of the rows they were found from: what no direction holds.

        No autoencoder that is linear, with a code of this width, has a lower one on these rows.
        Source: P. Baldi and K. Hornik, "Neural networks and principal component analysis",
        Neural Networks 2, 1989.
        """
        left: Array = self.variances[len(self.directions) :]
        return float(left.sum() / len(self.mean))


def principal_components(x: Array, c: int) -> Components:
    """Find the first `c` principal components of rows (n, d), fewer where d is smaller."""
    rows = np.asarray(x, dtype=np.float64)
    mean = rows.mean(axis=0)
    centred = rows - mean
    # d x d: rows may be many more than columns.
    values, vectors = np.linalg.eigh(centred.T @ centred / len(rows))
    order = np.argsort(values)[::-1]
    # Of a direction without variance rounding leaves a little less than 0.
    variances = np.maximum(values[order], 0.0)
    return Components(mean=mean, directions=vectors.T[order[:c]], variances=variances)
