"""All monomials of the inputs up to a total degree."""

import math
from itertools import combinations_with_replacement
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, need_few
from learnscope.settings import Count


class Monomials(FeatureMap):
    """Every product of powers with total degree 1 to `degree`; for one input x, x^2 ... x^D.

    Attributes:
        degree: highest total degree.
    """

    kind: Literal["monomials"] = "monomials"
    degree: Count = 2

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        terms = self._terms(x.shape[1])
        return np.stack([np.prod(x[:, list(term)], axis=1) for term in terms], axis=1)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        need_few("monomials", math.comb(len(columns) + self.degree, self.degree) - 1)
        return tuple(_name([columns[j] for j in t]) for t in self._terms(len(columns)))

    def _terms(self, d: int) -> list[tuple[int, ...]]:
        """Return the columns that each term multiplies, by degree, then by column."""
        return [
            term
            for degree in range(1, self.degree + 1)
            for term in combinations_with_replacement(range(d), degree)
        ]


def _name(factors: list[str]) -> str:
    counts = {f: factors.count(f) for f in factors}
    return " ".join(f if c == 1 else f"{f}^{c}" for f, c in counts.items())
