"""Points that Optuna suggests: its tree-structured Parzen estimator over the axes of a sweep.

Source of the sampler: J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, "Algorithms for
hyper-parameter optimization", NeurIPS 2011. Optuna is an optional part, imported where it is used.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence
from typing import Any

from learnscope.errors import InputError
from learnscope.sweeps.axes import Axis
from learnscope.sweeps.points import Condition, Point
from learnscope.sweeps.ranges import Interval

TRIES = 50
"""Suggestions for each point wanted, before the space is taken to hold no other one."""


def check_optuna() -> None:
    """Refuse to go on without Optuna.

    Raises:
        InputError: it is not installed.
    """
    if importlib.util.find_spec("optuna") is None:
        raise InputError(
            "The sampler 'optuna' needs Optuna: pip install 'learnscope[optuna]'. Without it, "
            "--sample 60 draws points evenly."
        )


def n_places(axes: Sequence[Axis]) -> float:
    """Return how many points the axes have, infinitely many with an interval."""
    return math.prod(
        math.inf if isinstance(axis.choices, Interval) else len(axis.choices) for axis in axes
    )


class Suggestions:
    """Asks for points and is told what came of them; a function of the seed and of that alone.

    Values of an axis in rising or falling order are a scale; others are words without an order. A
    point that is suggested again, or that does not meet the condition, is answered at once and
    not handed out.

    Args:
        axes: the axes, of values or intervals.
        where: condition, "" for none.
        seed: of the sampler.
    """

    def __init__(self, axes: Sequence[Axis], where: str, seed: int) -> None:
        check_optuna()
        import optuna

        self._axes, self._condition = tuple(axes), Condition(where, axes)
        self._scales = {axis.name: _scale(axis) for axis in axes}
        # It announces every study; the level is put back for others who use it.
        level = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            self._study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        finally:
            optuna.logging.set_verbosity(level)
        self._known: dict[str, float] = {}
        self._open: list[tuple[Any, str]] = []

    def ask(self, n: int) -> list[Point]:
        """Return up to n points that were not handed out before; none where there is no other."""
        found: dict[str, Point] = {}
        for _ in range(TRIES * n):
            if len(found) == n or len(self._known) + len(found) >= n_places(self._axes):
                break
            trial = self._study.ask(self._scales)
            point = self._point(trial.params)
            key = repr(point)
            if not self._condition.holds(point):
                trial.set_constraint("where", 1.0)
                self._study.tell(trial, math.inf)
                continue
            if self._condition.is_given:
                trial.set_constraint("where", 0.0)
            if key in self._known:
                self._study.tell(trial, self._known[key])
                continue
            found.setdefault(key, point)
            self._open.append((trial, key))
        return list(found.values())

    def tell(self, points: Sequence[Point], values: Sequence[float | None]) -> None:
        """Say what came of the points that were asked for last.

        Args:
            points: all of them.
            values: less is better; None where nothing came, which is the worst.
        """
        for point, value in zip(points, values, strict=True):
            self._known[repr(point)] = math.inf if value is None else value
        for trial, key in self._open:
            self._study.tell(trial, self._known[key])
        self._open.clear()

    def _point(self, params: Mapping[str, Any]) -> Point:
        settings: Point = {}
        for axis in self._axes:
            value = params[axis.name]
            settings |= axis.settings(
                _written(value, axis.choices)
                if isinstance(axis.choices, Interval)
                else axis.choices[value]
            )
        return settings


def _scale(axis: Axis) -> Any:
    """Return the distribution of an axis: numbers between two, or places of its values."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    choices = axis.choices
    if isinstance(choices, Interval):
        if choices.whole:
            return IntDistribution(math.ceil(choices.low), math.floor(choices.high), choices.log)
        return FloatDistribution(choices.low, choices.high, choices.log)
    if _is_scale(choices):
        return IntDistribution(0, len(choices) - 1)
    return CategoricalDistribution(range(len(choices)))


def _is_scale(choices: Sequence[Any]) -> bool:
    """Whether values rise or fall all along; of linked settings, the first one's."""
    firsts = [value[0] if isinstance(value, tuple) else value for value in choices]
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in firsts):
        return False
    return firsts in (sorted(set(firsts)), sorted(set(firsts), reverse=True))


def _written(value: float, interval: Interval) -> float | int:
    """Return a number as a person would write it, within the interval."""
    if interval.whole:
        return int(value)
    short = float(f"{value:.6g}")
    return short if interval.low <= short <= interval.high else value
