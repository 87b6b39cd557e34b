"""The points of a sweep: the settings at every place of a grid, or of a sample of it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from learnscope.errors import InputError
from learnscope.expression import Expression, parse_expression
from learnscope.sweeps.axes import Axis

Point = dict[str, Any]
"""Dotted setting -> plain value."""

Sampler = Literal["sobol", "random"]

MOST_POINTS = 10_000_000
TRIES = 1_000
"""Draws for each point wanted, before a condition is taken to be one that nothing meets."""


def grid(axes: Sequence[Axis], where: str = "") -> list[Point]:
    """Return the points of a grid that meet the condition, the last axis changing fastest.

    Raises:
        InputError: an axis is an interval, there are too many points, or none meets the
            condition.
    """
    values = [axis.values() for axis in axes]
    count = math.prod(map(len, values))
    if count > MOST_POINTS:
        raise InputError(
            f"The sweep has {count:,} points, and may have {MOST_POINTS:,}. Take fewer values, or "
            "sample with --sample N."
        )
    condition = Condition(where, axes)
    every = (_point(axes, place) for place in itertools.product(*values))
    return _some([point for point in every if condition.holds(point)], where)


def sampled(
    axes: Sequence[Axis], n: int, sampler: Sampler, seed: int, where: str = ""
) -> list[Point]:
    """Return n points drawn from the space of the axes, each meeting the condition.

    Points that repeat (an axis of few values) are left out.

    Args:
        axes: the axes, of values or intervals.
        n: how many are drawn.
        sampler: "sobol" fills the space evenly (Owen-scrambled), "random" draws independently.
        seed: of the draw.
        where: condition, "" for none.

    Raises:
        InputError: hardly any point meets the condition.
    """
    condition = Condition(where, axes)
    found: dict[str, Point] = {}
    kept = 0
    for draw, shares in enumerate(_shares(len(axes), sampler, seed)):
        if kept == n or draw >= TRIES * n:
            break
        point = _point(axes, [axis.at(s) for axis, s in zip(axes, shares, strict=True)])
        if condition.holds(point):
            kept += 1
            found.setdefault(repr(point), point)
    return _some(list(found.values()), where)


def _some(points: list[Point], where: str) -> list[Point]:
    if not points:
        raise InputError(f"No point of the sweep meets the condition {where!r}. Widen it.")
    return points


def _point(axes: Sequence[Axis], place: Sequence[Any]) -> Point:
    settings: Point = {}
    for axis, value in zip(axes, place, strict=True):
        settings |= axis.settings(value)
    return settings


def _shares(d: int, sampler: Sampler, seed: int) -> Iterator[Sequence[float]]:
    """Yield points of the unit cube without end."""
    if sampler == "random":
        rng = np.random.default_rng(seed)
        while True:
            yield from rng.random((256, d)).tolist()
    from scipy.stats import qmc

    source = qmc.Sobol(d, scramble=True, rng=np.random.default_rng(seed))
    while True:
        yield from source.random(256).tolist()


class Condition:
    """A formula over the settings of the axes, named by their last words or whole paths."""

    def __init__(self, text: str, axes: Sequence[Axis]) -> None:
        paths = [path for axis in axes for path in axis.paths]
        self._names = short_names(paths)
        self._formula: Expression | None = None
        if text:
            for path in sorted(paths, key=len, reverse=True):
                text = re.sub(rf"(?<![\w.]){re.escape(path)}(?![\w.])", self._names[path], text)
            self._formula = parse_expression(text, list(self._names.values()))

    @property
    def is_given(self) -> bool:
        """Whether there is a condition."""
        return self._formula is not None

    def holds(self, point: Mapping[str, Any]) -> bool:
        """Whether the formula is not 0 at a point."""
        if self._formula is None:
            return True
        columns = {}
        for path, name in self._names.items():
            if name in self._formula.names:
                columns[name] = np.array([_number(path, point[path])])
        return bool(self._formula.finite(columns, 1)[0] != 0)


def _number(path: str, value: Any) -> float:
    if isinstance(value, bool | int | float):
        return float(value)
    raise InputError(
        f"The condition uses {path}, whose value {value!r} is no number. Compare numbers only, or "
        "list the values that you want."
    )


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """Return path -> a short name: its last words, as few as tell it from the others.

    >>> short_names(["model.width", "problem.noise"])
    {'model.width': 'width', 'problem.noise': 'noise'}
    """
    names = {}
    for path in paths:
        words = path.split(".")
        for n in range(1, len(words) + 1):
            tail = words[-n:]
            if sum(other.split(".")[-n:] == tail for other in paths) == 1:
                break
        names[path] = "_".join(tail)
    return names
