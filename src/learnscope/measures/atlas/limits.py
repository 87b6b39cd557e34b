"""What limits each point of an atlas: amounts from the table, and the word that they call for.

All comparisons are of members of one seed, which have the same data: what the draw does to both
alike cancels.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.atlas.groups import Groups
from learnscope.measures.atlas.result import PointVerdict, Word
from learnscope.measures.comparison.over_seeds import compare_seeds
from learnscope.measures.verdict import AT_CEILING

NOISE_SHARE = 0.8
"""Share of the error from which noise counts as what limits, however far the rest is."""

TUNING = (
    "model.init",
    "training.batch_size",
    "training.clip_norm",
    "training.clip_value",
    "training.epochs",
    "training.lr",
    "training.optimizer",
    "training.schedule",
    "training.shuffle",
)
"""Settings that decide how the least training error is sought, not what it is."""

CAPACITY = ("model.width", "model.degree")
"""Settings of which a larger value can do all that a smaller one can."""

LEVEL = 0.95


def point_verdicts(groups: Groups) -> tuple[PointVerdict, ...]:
    """Return what limits each point."""
    fitted = best_fits(groups)
    stiffer = _stiffer(groups)
    return tuple(_verdict(groups, i, fitted[i], stiffer[i]) for i in range(len(groups.points)))


def best_fits(groups: Groups) -> Array:
    """Return (p, s) least training error that was reached on each member's rows.

    By the point itself, or by one with other `TUNING` or less `CAPACITY` and all else equal:
    what a smaller model of the kind reaches on the same rows, this one can reach too.
    """
    found = np.array(groups.train)
    for places in alike(groups.settings, (*TUNING, *CAPACITY)).values():
        sizes = np.array([_capacity(groups.settings[i]) for i in places])
        order = np.argsort(sizes, kind="stable")
        least = np.full(groups.train.shape[1], np.nan)
        for size in np.unique(sizes):
            own = [places[k] for k in order if sizes[k] == size]
            for i in own:
                least = np.fmin(least, groups.train[i])
            for i in own:
                found[i] = least
    return np.where(np.isfinite(groups.train), found, np.nan)


def alike(
    settings: Sequence[Mapping[str, Any]], free: Sequence[str], only: str = ""
) -> dict[str, list[int]]:
    """Return the places of points that are equal in all settings but the free ones.

    With `only`, settings that begin otherwise are free too.
    """
    found: dict[str, list[int]] = {}
    for i, point in enumerate(settings):
        kept = {
            path: value
            for path, value in point.items()
            if path.startswith(only) and not any(_within(path, other) for other in free)
        }
        found.setdefault(json.dumps(kept, sort_keys=True), []).append(i)
    return found


def _within(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}.")


def _capacity(point: Mapping[str, Any]) -> float:
    return next((float(point[path]) for path in CAPACITY if path in point), 0.0)


def _stiffer(groups: Groups) -> list[int | None]:
    """Return for each point that with the lowest error on the same problem, None where it is it."""
    found: list[int | None] = [None] * len(groups.points)
    for places in alike(groups.settings, (), only="problem").values():
        means = [_mean(groups.error[i]) for i in places]
        if not np.isfinite(means).any():
            continue
        best = places[int(np.nanargmin(means))]
        for i in places:
            found[i] = None if i == best else best
    return found


def _verdict(groups: Groups, i: int, fitted: Array, best: int | None) -> PointVerdict:
    error, train = groups.error[i], groups.train[i]
    n = int(groups.alive[i])
    floor = groups.floors[i] or 0.0
    amounts = {
        "deficit": _mean(fitted) - floor,
        "optimisation": _mean(train - fitted),
        "gap": _mean(error - train),
    }
    standard_error = float(np.nanstd(error, ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return PointVerdict(
        point=int(groups.points[i]),
        settings=groups.settings[i],
        word=_word(groups, i, amounts, standard_error, best),
        n=n,
        lost=int(groups.diverged[i] + groups.dead[i]),
        parameters=float(groups.parameters[i]),
        error=_mean(error),
        standard_error=standard_error,
        train_error=_mean(train),
        floor=groups.floors[i],
        deficit=amounts["deficit"],
        optimisation=amounts["optimisation"],
        gap=amounts["gap"],
    )


def _word(
    groups: Groups, i: int, amounts: Mapping[str, float], standard_error: float, best: int | None
) -> Word:
    if groups.alive[i] <= groups.diverged[i] + groups.dead[i]:
        return "diverged" if groups.diverged[i] >= groups.dead[i] else "dead"
    error, floor = _mean(groups.error[i]), groups.floors[i] or 0.0
    excess = error - floor
    # Two standard errors: what chance alone puts between a mean and the floor.
    near = excess <= max(AT_CEILING * groups.unit, 2 * np.nan_to_num(standard_error))
    if near or floor > NOISE_SHARE * error:
        return "noise-limited" if floor > AT_CEILING * groups.unit else "at the ceiling"
    largest = max(amounts, key=lambda name: amounts[name])
    if largest == "deficit":
        return "under-fitting"
    if largest == "optimisation":
        return "optimisation-limited"
    return "over-fitting" if best is not None and _overdone(groups, i, best) else "data-limited"


def _overdone(groups: Groups, i: int, best: int) -> bool:
    """Whether a point that fits the training rows less is better on new ones, beyond chance."""
    both = np.isfinite(groups.error[i]) & np.isfinite(groups.error[best])
    if both.sum() < 2 or _mean(groups.train[best]) < _mean(groups.train[i]):
        return False
    found = compare_seeds(
        groups.error[i, both].tolist(),
        groups.error[best, both].tolist(),
        paired=True,
        unit="error",
        level=LEVEL,
    )
    return found.clear and found.value > 0


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan
