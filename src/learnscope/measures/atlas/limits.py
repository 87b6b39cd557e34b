"""What limits each point of an atlas: amounts from the table, and the word that they call for.

All comparisons are of members of one seed, which have the same data: what the draw does to both
alike cancels.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.measures.atlas.groups import Groups
from learnscope.measures.atlas.result import PointVerdict, Word
from learnscope.measures.spread import HUGE
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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Amounts:
    """What is known of each point, all (p,); NaN where no member counts.

    Attributes:
        alive: members that count.
        error: mean over members on the judged rows.
        standard_error: of that mean, NaN for one member.
        train: mean on the training rows.
        deficit: see `PointVerdict`, as the next two.
        optimisation: likewise.
        gap: likewise.
        overdone: whether the best point of the same problem fits the training rows no better,
            and is better on others beyond chance.
    """

    alive: Ints
    error: Array
    standard_error: Array
    train: Array
    deficit: Array
    optimisation: Array
    gap: Array
    overdone: Array


def point_verdicts(groups: Groups) -> tuple[PointVerdict, ...]:
    """Return what limits each point."""
    amounts = _amounts(groups)
    return tuple(_verdict(groups, amounts, i) for i in range(len(groups.points)))


def _amounts(groups: Groups) -> _Amounts:
    fitted = best_fits(groups)
    error, standard_error = _means(groups.error)
    train, _ = _means(groups.train)
    floors = np.array([floor or 0.0 for floor in groups.floors])
    return _Amounts(
        alive=groups.alive,
        error=error,
        standard_error=standard_error,
        train=train,
        deficit=_means(fitted)[0] - floors,
        optimisation=_means(groups.train - fitted)[0],
        gap=_means(groups.error - groups.train)[0],
        overdone=_overdone(groups, error, train),
    )


def _means(values: Array) -> tuple[Array, Array]:
    """Return (p,) means over what is finite of (p, s), and their standard errors."""
    known = np.isfinite(values)
    n = known.sum(axis=1)
    filled = np.where(known, values, 0.0)
    mean = np.where(n > 0, filled.sum(axis=1) / np.maximum(n, 1), np.nan)
    far = np.where(known, filled - mean[:, None], 0.0)
    # Errors of members that ran away are so large that their squares would overflow.
    most = np.abs(far).max(axis=1, initial=0.0)
    unit = np.where(most > HUGE, most, 1.0)
    squares = np.square(far / unit[:, None]).sum(axis=1)
    error = unit * np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1))
    return mean, np.where(n > 1, error, np.nan)


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


def _overdone(groups: Groups, error: Array, train: Array) -> Array:
    """Return (p,) whether fitting less does better beyond chance, see `_Amounts`."""
    found = np.zeros(len(groups.points), dtype=bool)
    for places in alike(groups.settings, (), only="problem").values():
        if not np.isfinite(error[places]).any():
            continue
        best = places[int(np.nanargmin(error[places]))]
        value, standard = _means(groups.error[places] - groups.error[best])
        clear = _clear(value, standard, groups.error[places], groups.error[best])
        found[places] = clear & (value > 0) & (train[best] >= train[places])
    return found


def _clear(value: Array, standard: Array, first: Array, second: Array) -> Array:
    """Return whether Student's paired t rejects "no difference", as `compare_seeds` does."""
    from scipy.special import stdtr

    n = np.isfinite(first - second).sum(axis=1)
    # Without any spread a difference is certain.
    t = np.abs(value) / np.where(standard > 0, standard, 1e-300)
    with np.errstate(invalid="ignore"):
        p = 2 * stdtr(np.maximum(n - 1, 1), -t)
    return np.asarray((n > 1) & (p < 1 - LEVEL))


def _verdict(groups: Groups, amounts: _Amounts, i: int) -> PointVerdict:
    return PointVerdict(
        point=int(groups.points[i]),
        settings=groups.settings[i],
        word=_word(groups, amounts, i),
        n=int(amounts.alive[i]),
        lost=int(groups.diverged[i] + groups.dead[i]),
        parameters=float(groups.parameters[i]),
        error=float(amounts.error[i]),
        standard_error=float(amounts.standard_error[i]),
        train_error=float(amounts.train[i]),
        floor=groups.floors[i],
        deficit=float(amounts.deficit[i]),
        optimisation=float(amounts.optimisation[i]),
        gap=float(amounts.gap[i]),
    )


def _word(groups: Groups, amounts: _Amounts, i: int) -> Word:
    diverged, dead = int(groups.diverged[i]), int(groups.dead[i])
    if amounts.alive[i] <= diverged + dead:
        return "diverged" if diverged >= dead else "dead"
    error, floor = float(amounts.error[i]), groups.floors[i] or 0.0
    # Two standard errors: what chance alone puts between a mean and the floor.
    slack = 2 * float(np.nan_to_num(amounts.standard_error[i]))
    if error > groups.unit:
        slack = 0.0  # Worse than a constant answer is near no floor, however wide the spread is.
    near = error - floor <= max(AT_CEILING * groups.unit, slack)
    if near or floor > NOISE_SHARE * error:
        return "noise-limited" if floor > AT_CEILING * groups.unit else "at the ceiling"
    words: tuple[Word, ...] = ("under-fitting", "optimisation-limited", "over-fitting")
    parts = (amounts.deficit[i], amounts.optimisation[i], amounts.gap[i])
    word = words[int(np.argmax(parts))]
    return "data-limited" if word == "over-fitting" and not amounts.overdone[i] else word
