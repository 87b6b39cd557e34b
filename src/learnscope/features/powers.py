"""Powers of each column by itself."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, joined, need_few
from learnscope.settings import Count, one_as_list


class Powers(FeatureMap):
    """x_j^p for every column j and every p of a list; no products between columns.

    Attributes:
        powers: the exponents, each once; 1 keeps the raw columns. The columns come by exponent,
            in the order of the list.
    """

    kind: Literal["powers"] = "powers"
    powers: Annotated[tuple[Count, ...], BeforeValidator(one_as_list), Field(min_length=1)] = (1, 2)

    @model_validator(mode="after")
    def _each_once(self) -> "Powers":
        if len(set(self.powers)) < len(self.powers):
            raise ValueError(f"powers must name each exponent once, got {list(self.powers)}.")
        return self

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        return joined([column**p for p in self.powers for column in x.T], None)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        need_few("powers", len(self.powers) * len(columns))
        return tuple(c if p == 1 else f"{c}^{p}" for p in self.powers for c in columns)
