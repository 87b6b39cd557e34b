"""Gaussians: normal classes with free means and covariances.

The textbook case (R. Duda, P. Hart, D. Stork, "Pattern Classification", 2nd edition, section
2.6): with one covariance for all classes the best boundary is a straight line and, for two
classes, the Bayes error has a closed form; with different ones it is a conic section.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample
from learnscope.problems.per_class import PerClass, check_each, each, priors
from learnscope.problems.truths.normals import normals_truth
from learnscope.problems.wording import counted, many
from learnscope.seeds import Draws
from learnscope.settings import Real

_Point = Annotated[tuple[Real, ...], Field(min_length=1)]
_Matrix = Annotated[tuple[_Point, ...], Field(min_length=1)]


class Gaussians(Problem):
    """Settings of the normal classes.

    Attributes:
        n: points of each class: one number, or a list with one for each. Their shares are the
            prior probabilities.
        means: the mean of each class, at least two.
        covariances: one covariance matrix (a list of rows) for all classes, or one for each.
            A single number c in the matrix [[c]] stands for c times the identity.
    """

    kind: Literal["gaussians"] = "gaussians"
    n: PerClass = 100
    means: Annotated[tuple[_Point, ...], Field(min_length=2)] = ((-1.0, 0.0), (1.0, 0.0))
    covariances: Annotated[tuple[_Matrix, ...], Field(min_length=1)] = (((1.0,),),)

    @model_validator(mode="after")
    def _fits(self) -> "Gaussians":
        classes, d = len(self.means), len(self.means[0])
        check_each("n", self.n, classes)
        if any(len(mean) != d for mean in self.means):
            raise ValueError(
                "means must be points with the same number of coordinates, got "
                f"{', '.join(str(len(mean)) for mean in self.means)}."
            )
        if len(self.covariances) not in {1, classes}:
            raise ValueError(
                f"covariances must hold 1 matrix or {classes}, one for each class, got "
                f"{len(self.covariances)}."
            )
        for k, matrix in enumerate(self.covariances):
            _check_covariance(f"covariances.{k}", matrix, d)
        return self

    def sample(self, draws: Draws) -> Sample:
        means = np.array(self.means, dtype=np.float64)
        counts = each(self.n, len(means))
        y = np.repeat(np.arange(len(means)), counts)
        factors = self._factors()
        z = draws.noise.normal(0.0, 1.0, (len(y), means.shape[1]))
        return Sample(
            x=means[y] + np.einsum("nij,nj->ni", factors[y], z),
            y=y,
            task="classification",
            columns=tuple(f"x{i + 1}" for i in range(means.shape[1])),
            outputs=tuple(f"class {k}" for k in range(len(means))),
            truth=normals_truth(means, factors, priors(counts)),
        )

    def sentence(self) -> str:
        kind = "one covariance" if len(self.covariances) == 1 else "covariances of their own"
        return (
            f"{len(self.means)} normal classes in {many(len(self.means[0]), 'dimension')} with "
            f"{kind}, {counted(self.n)}."
        )

    def _factors(self) -> Array:
        """Return the Cholesky factor of each class (c, d, d)."""
        d = len(self.means[0])
        factors = [np.linalg.cholesky(_full(matrix, d)) for matrix in self.covariances]
        return np.stack(factors * (len(self.means) if len(factors) == 1 else 1))


def _full(matrix: tuple[tuple[float, ...], ...], d: int) -> Array:
    if len(matrix) == 1:
        return np.eye(d) * matrix[0][0]
    return np.array(matrix, dtype=np.float64)


def _check_covariance(field: str, matrix: tuple[tuple[float, ...], ...], d: int) -> None:
    shape = [len(row) for row in matrix]
    if shape != [1] and shape != [d] * d:
        raise ValueError(
            f"{field} must be a {d} x {d} matrix or [[c]], got rows of {shape} numbers."
        )
    full = _full(matrix, d)
    if not np.array_equal(full, full.T):
        raise ValueError(f"{field} must be symmetric, got {[list(row) for row in matrix]}.")
    if np.linalg.eigvalsh(full)[0] <= 1e-12 * np.abs(full).max():
        raise ValueError(f"{field} must be positive definite, got {[list(row) for row in matrix]}.")
