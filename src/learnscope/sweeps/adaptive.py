"""Sweeps that choose their points as they go: finer where the measure changes, fewer seeds first.

Both are rounds of ordinary sweeps into one atlas. Each round is a function of the table that the
rounds before left, so a command given again finds its members there and goes on from the first
that is missing.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from learnscope.atlas.pairs import more_is_better
from learnscope.errors import InputError
from learnscope.sweeps.axes import LINK
from learnscope.sweeps.drive import Swept
from learnscope.sweeps.points import Point
from learnscope.sweeps.sweep import Sweep

SHARE = 0.25
"""Share of all neighbouring pairs between which a round of refinement puts a point, at most."""
ERRORS = 2.0
"""Standard errors that a change must be worth: no points are spent on noise."""
LEAST_SEEDS = 2
"""Seeds of a point in the first round of halving."""

Train = Callable[[Sweep], Swept]


def refined(wanted: Sweep, rounds: int, train: Train, measure: str | None = None) -> Swept:
    """Train a grid, then points in the middle of the neighbours between which most changes.

    Neighbours differ in one setting that is a number. Between whole numbers the middle is a whole
    number; on an axis written `log(...)` it is the geometric mean.

    Args:
        wanted: a sweep over a grid.
        rounds: how often points are added; it ends earlier where no change is left that is more
            than `ERRORS` standard errors.
        train: trains a sweep, see `learnscope.sweeps.drive.sweep`.
        measure: what is looked at; left out, `Atlas.score`.

    Raises:
        InputError: the sweep is sampled, has one seed, or there is no such measure.
    """
    if wanted.sample is not None:
        raise InputError("--refine makes a grid finer, and --sample draws points: leave one.")
    if wanted.experiment.seeds < 2:
        raise InputError(
            "--refine needs 2 seeds or more, to tell a change from chance. Use --seeds 5."
        )
    done = train(wanted)
    parts = [(wanted, done)]
    for _ in range(rounds):
        part, done = parts[-1]
        new = _middles(done, part, wanted, measure)
        if not new:
            break
        points = [done.atlas.points[n] for n in _own_points(done, part)]
        part = at_points(wanted, [*points, *new])
        parts.append((part, train(part)))
    return _together(parts)


def halved(wanted: Sweep, train: Train, measure: str | None = None) -> Swept:
    """Train all points with few seeds, then the better half of them with twice as many, and so on.

    The last round has the seeds that were asked for. Points are compared by the mean over the
    seeds that they have, which are the same ones.

    Args:
        wanted: the sweep.
        train: trains a sweep.
        measure: what is compared; left out, `Atlas.score`.

    Raises:
        InputError: there are too few seeds to begin with fewer.
    """
    seeds = wanted.experiment.seeds
    if seeds < 2 * LEAST_SEEDS:
        raise InputError(
            f"--halving begins with {LEAST_SEEDS} seeds of each point and needs "
            f"{2 * LEAST_SEEDS} or more in the end, got {seeds}. Use --seeds 16."
        )
    rounds = int(math.log2(seeds / LEAST_SEEDS))
    points = wanted.points()
    parts: list[tuple[Sweep, Swept]] = []
    for k in range(rounds, -1, -1):
        part = at_points(wanted, points, seeds=max(LEAST_SEEDS, seeds >> k))
        done = train(part)
        parts.append((part, done))
        if k:
            points = _better_half(done, part, measure)
    return _together(parts)


def at_points(wanted: Sweep, points: Sequence[Point], seeds: int | None = None) -> Sweep:
    """Return a sweep over exactly these points, into the same atlas."""
    paths = wanted.paths
    rows = [[point[path] for path in paths] for point in points]
    over: dict[str, Any] = {LINK.join(paths): rows if len(paths) > 1 else [r[0] for r in rows]}
    experiment = (
        wanted.experiment if seeds is None else wanted.experiment.override({"seeds": seeds})
    )
    return wanted.model_copy(
        update={"experiment": experiment, "over": over, "where": "", "sample": None}
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gap:
    """Two neighbours, and how much the measure changes between them."""

    change: float
    errors: float
    middle: Point


def _middles(done: Swept, part: Sweep, wanted: Sweep, measure: str | None) -> list[Point]:
    numbers = _own_points(done, part)
    scores = _scores(done, part, measure)
    points = {n: done.atlas.points[n] for n in numbers if n in scores}
    there = {_key(point) for point in points.values()}
    gaps = [
        gap
        for path in wanted.paths
        for gap in _gaps(path, points, scores, log=_is_log(wanted, path))
    ]
    clear = [gap for gap in gaps if gap.change > ERRORS * gap.errors]
    clear.sort(key=lambda gap: -gap.change)
    found: dict[str, Point] = {}
    for gap in clear[: max(1, math.ceil(SHARE * len(gaps)))]:
        if _key(gap.middle) not in there:
            found.setdefault(_key(gap.middle), gap.middle)
    return list(found.values())


def _gaps(
    path: str, points: Mapping[int, Point], scores: Mapping[int, tuple[float, float]], log: bool
) -> list[_Gap]:
    """Return the neighbours along one setting, all other settings being equal."""
    lines: dict[str, list[int]] = {}
    for number, point in points.items():
        value = point[path]
        if isinstance(value, int | float) and not isinstance(value, bool):
            rest = {other: v for other, v in point.items() if other != path}
            lines.setdefault(_key(rest), []).append(number)
    found = []
    for line in lines.values():
        line.sort(key=lambda n: points[n][path])
        for a, b in itertools.pairwise(line):
            middle = _middle(points[a][path], points[b][path], log)
            if middle is not None:
                (first, error), (second, other) = scores[a], scores[b]
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


def _own_points(done: Swept, part: Sweep) -> list[int]:
    """Return the numbers of the points that a round asked for."""
    from learnscope.sweeps.plan import as_read

    known = {_key(point): number for number, point in done.atlas.points.items()}
    return [known[_key(as_read(point, part.at(point)))] for point in part.points()]


def _key(point: Point) -> str:
    return json.dumps(point, sort_keys=True)


def _scores(done: Swept, part: Sweep, measure: str | None) -> dict[int, tuple[float, float]]:
    """Return number of a point -> mean and its standard error, over the seeds of a round."""
    atlas, seeds = done.atlas, part.experiment.root_seeds()
    name = atlas.check_measure(measure or atlas.score)
    where = (f"seed >= {seeds[0]}", f"seed <= {seeds[-1]}")
    return {
        row["point"]: (row["mean"], row["sd"] / math.sqrt(row["n"]))
        for row in atlas.group("point", name, where=where, quantiles=()).iter_rows(named=True)
        if row["n"] > 1
    }


def _better_half(done: Swept, part: Sweep, measure: str | None) -> list[Point]:
    atlas, scores = done.atlas, _scores(done, part, measure)
    own = [n for n in _own_points(done, part) if n in scores]
    if not own:
        raise InputError("All members diverged: there is no better half. Change the settings.")
    sign = -1.0 if more_is_better(measure or atlas.score) else 1.0
    own.sort(key=lambda n: (sign * scores[n][0], n))
    kept = own[: math.ceil(len(own) / 2)]
    return [atlas.points[n] for n in sorted(kept)]


def _together(parts: Sequence[tuple[Sweep, Swept]]) -> Swept:
    """Return what came of all rounds, each member counted once."""
    members = {
        (number, seed)
        for part, done in parts
        for number in _own_points(done, part)
        for seed in part.experiment.root_seeds()
    }
    rounds = [done for _, done in parts]
    trained, failed = sum(r.trained for r in rounds), sum(r.failed for r in rounds)
    return replace(
        rounds[-1],
        members=len(members),
        trained=trained,
        skipped=len(members) - trained - failed,
        failed=failed,
        errors=tuple(text for r in rounds for text in r.errors),
        seconds=sum(r.seconds for r in rounds),
    )
