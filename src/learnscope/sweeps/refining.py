"""Refinement: a grid that is made finer where the measure changes fastest."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from learnscope.errors import InputError
from learnscope.sweeps.points import Point
from learnscope.sweeps.rounds import (
    Round,
    Rounds,
    Train,
    all_at_once,
    at_points,
    key_of,
    scores,
    together,
)
from learnscope.sweeps.sweep import Sweep
from learnscope.sweeps.work import Swept

SHARE = 0.25
"""Share of all neighbouring pairs between which a round of refinement puts a point, at most."""
ERRORS = 2.0
"""Standard errors that a change must be worth: no points are spent on noise."""


def refined(wanted: Sweep, train: Train) -> Swept:
    """Train a grid, then points in the middle of the neighbours between which most changes.

    Neighbours differ in one setting that is a number. Between whole numbers the middle is a whole
    number; on an axis written `log(...)` it is the geometric mean. It ends before `wanted.refine`
    rounds where no change is left that is more than `ERRORS` standard errors.

    Args:
        wanted: a sweep over a grid, with `refine`.
        train: trains a round.

    Raises:
        InputError: the sweep has one seed, or there is no such measure.
    """
    if wanted.experiment.seeds < 2:
        raise InputError(
            "Refinement needs 2 seeds or more, to tell a change from chance. Use --seeds 5."
        )
    times, rounds = wanted.refine or 0, Rounds(train)
    rounds.add("the grid", all_at_once(wanted))
    for i in range(times):
        new = _middles(rounds.last, wanted)
        if not new:
            break
        part = at_points(wanted, [*rounds.last.points(), *new])
        rounds.add(f"refinement {i + 1} of {times}", part)
    return together(rounds.every)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gap:
    """Two neighbours, and how much the measure changes between them."""

    change: float
    errors: float
    middle: Point


def _middles(last: Round, wanted: Sweep) -> list[Point]:
    known = scores(last, wanted.measure, least=2)
    points = {n: last.done.atlas.points[n] for n in last.done.points if n in known}
    there = {key_of(point) for point in points.values()}
    gaps = [
        gap
        for path in wanted.paths
        for gap in _gaps(path, points, known, log=_is_log(wanted, path))
    ]
    clear = [gap for gap in gaps if gap.change > ERRORS * gap.errors]
    clear.sort(key=lambda gap: -gap.change)
    found: dict[str, Point] = {}
    for gap in clear[: max(1, math.ceil(SHARE * len(gaps)))]:
        if key_of(gap.middle) not in there:
            found.setdefault(key_of(gap.middle), gap.middle)
    return list(found.values())


def _gaps(
    path: str, points: Mapping[int, Point], known: Mapping[int, tuple[float, float]], log: bool
) -> list[_Gap]:
    """Return the neighbours along one setting, all other settings being equal."""
    lines: dict[str, list[int]] = {}
    for number, point in points.items():
        value = point[path]
        if isinstance(value, int | float) and not isinstance(value, bool):
            rest = {other: v for other, v in point.items() if other != path}
            lines.setdefault(key_of(rest), []).append(number)
    found = []
    for line in lines.values():
        line.sort(key=lambda n: points[n][path])
        for a, b in itertools.pairwise(line):
            middle = _middle(points[a][path], points[b][path], log)
            if middle is not None:
                (first, error), (second, other) = known[a], known[b]
                found.append(
                    _Gap(
                        change=abs(first - second),
                        errors=math.hypot(error, other),
                        middle={**points[a], path: middle},
                    )
                )
    return found


def _middle(low: float, high: float, log: bool) -> float | int | None:
    """Return the number between two, None where there is none."""
    if isinstance(low, int) and isinstance(high, int):
        whole = round(math.sqrt(low * high)) if log and low > 0 else (low + high) // 2
        return whole if low < whole < high else None
    middle = math.sqrt(low * high) if log and low > 0 else (low + high) / 2
    # As a person would write it.
    written = float(f"{middle:.6g}")
    return written if low < written < high else None


def _is_log(wanted: Sweep, path: str) -> bool:
    given = wanted.over.get(path)
    return isinstance(given, str) and given.strip().startswith("log")
