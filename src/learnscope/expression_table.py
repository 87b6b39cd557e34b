"""What may stand in a formula: functions, constants and operators, with their meaning in NumPy."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A NumPy function and how many arguments it may get."""

    call: Callable[..., Array]
    least: int = 1
    most: int = 1


def _step(x: Array) -> Array:
    return np.where(x > 0, 1.0, 0.0)


def _minimum(*parts: Array) -> Array:
    return np.asarray(np.minimum.reduce(np.broadcast_arrays(*parts)))


def _maximum(*parts: Array) -> Array:
    return np.asarray(np.maximum.reduce(np.broadcast_arrays(*parts)))


def _where(condition: Array, yes: Array, no: Array) -> Array:
    return np.where(condition != 0, yes, no)


FUNCTIONS: dict[str, Function] = {
    "abs": Function(call=np.abs),
    "acos": Function(call=np.arccos),
    "asin": Function(call=np.arcsin),
    "atan": Function(call=np.arctan),
    # atan2(y, x): the angle of the point (x, y) in radians.
    "atan2": Function(call=np.arctan2, least=2, most=2),
    "ceil": Function(call=np.ceil),
    "cos": Function(call=np.cos),
    "cosh": Function(call=np.cosh),
    "exp": Function(call=np.exp),
    "floor": Function(call=np.floor),
    "hypot": Function(call=np.hypot, least=2, most=2),
    # The natural logarithm.
    "log": Function(call=np.log),
    "log10": Function(call=np.log10),
    "log2": Function(call=np.log2),
    "max": Function(call=_maximum, least=2, most=500),
    "min": Function(call=_minimum, least=2, most=500),
    "round": Function(call=np.rint),
    "sign": Function(call=np.sign),
    "sin": Function(call=np.sin),
    "sinh": Function(call=np.sinh),
    "sqrt": Function(call=np.sqrt),
    # 1 where the argument is above 0, else 0.
    "step": Function(call=_step),
    "tan": Function(call=np.tan),
    "tanh": Function(call=np.tanh),
    # where(condition, yes, no)
    "where": Function(call=_where, least=3, most=3),
}
CONSTANTS = {"e": math.e, "pi": math.pi}

SUMS: dict[str, Callable[..., Array]] = {"+": np.add, "-": np.subtract}
PRODUCTS: dict[str, Callable[..., Array]] = {
    "*": np.multiply,
    "/": np.divide,
    "//": np.floor_divide,
    "%": np.remainder,
}
COMPARISONS: dict[str, Callable[..., Array]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
