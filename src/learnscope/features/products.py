"""Products of pairs of columns."""

from itertools import combinations, combinations_with_replacement
from typing import Literal

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.features.base import FeatureMap, State, joined, need_few
from learnscope.settings import Flag


class Products(FeatureMap):
    """x_i x_j for every pair i < j of columns.

    Attributes:
        squares: x_i^2 too, so that i <= j.
        keep: put the raw columns behind.
    """

    kind: Literal["products"] = "products"
    squares: Flag = False
    keep: Flag = False

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        pairs = self._pairs(x.shape[1])
        return joined([x[:, i] * x[:, j] for i, j in pairs], x if self.keep else None)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        need_few("products", len(columns) ** 2 // 2)
        pairs = self._pairs(len(columns))
        if not pairs:
            raise InputError(
                f"The feature map 'products' needs at least 2 columns, got {len(columns)}. Set "
                "squares = true, or use the map 'powers'."
            )
        out = [f"{columns[i]}^2" if i == j else f"{columns[i]} {columns[j]}" for i, j in pairs]
        return (*out, *(columns if self.keep else ()))

    def _pairs(self, d: int) -> list[tuple[int, int]]:
        choose = combinations_with_replacement if self.squares else combinations
        return list(choose(range(d), 2))
