"""The inputs as they are."""

from typing import ClassVar, Literal

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State


class Identity(FeatureMap):
    """f(x) = x: a place holder that makes "no map" a value of a sweep."""

    kind: Literal["identity"] = "identity"

    single: ClassVar[bool] = True

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        return x

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        return columns
