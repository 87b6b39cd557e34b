"""Sine and cosine of each column at given frequencies."""

from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from learnscope.arrays import Array
from learnscope.features.base import FeatureMap, State, joined, need_few
from learnscope.settings import Flag, Positive, one_as_list


class Sines(FeatureMap):
    """sin(w x_j) and cos(w x_j) for every column j and every frequency w of a list.

    Attributes:
        frequencies: angular frequencies in radians per unit of the column, each once.
        cosines: the cosines too; false leaves the sines alone.
        keep: put the raw columns behind.
    """

    kind: Literal["sines"] = "sines"
    frequencies: Annotated[
        tuple[Positive, ...], BeforeValidator(one_as_list), Field(min_length=1)
    ] = (1.0,)
    cosines: Flag = True
    keep: Flag = False

    @model_validator(mode="after")
    def _each_once(self) -> "Sines":
        if len(set(self.frequencies)) < len(self.frequencies):
            raise ValueError(
                f"frequencies must name each frequency once, got {list(self.frequencies)}."
            )
        return self

    def learn(self, x: Array) -> State:
        return {}

    def apply(self, x: Array, state: State) -> Array:
        functions = (np.sin, np.cos) if self.cosines else (np.sin,)
        out = [f(w * column) for w in self.frequencies for column in x.T for f in functions]
        return joined(out, x if self.keep else None)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        functions = ("sin", "cos") if self.cosines else ("sin",)
        need_few("sines", len(functions) * len(self.frequencies) * len(columns))
        out = [f"{f}({w:.6g} {c})" for w in self.frequencies for c in columns for f in functions]
        return (*out, *(columns if self.keep else ()))
