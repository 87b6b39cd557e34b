"""The members of an atlas by point and seed: errors as matrices, NaN where a member was lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.seeds import streams
from learnscope.training.split import PARTS

if TYPE_CHECKING:
    import polars

    from learnscope.atlas.atlas import Atlas
    from learnscope.experiment import Experiment


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Groups:
    """Points (p) by seeds (s).

    Attributes:
        points: (p,) their numbers.
        settings: those that change, for each point.
        seeds: (s,) root seeds.
        error: (p, s) on the judged rows: share of wrong labels, or mean squared error.
        train: (p, s) on the training rows.
        parameters: (p,) numbers trained.
        floors: lowest error possible at each point, None where it is not known.
        diverged: (p,) members that diverged.
        dead: (p,) members that are dead.
        metric: "accuracy" or "mse".
        part: the judged rows.
        unit: 1, or the variance of the training targets.
    """

    points: Ints
    settings: tuple[Mapping[str, Any], ...]
    seeds: Ints
    error: Array
    train: Array
    parameters: Array
    floors: tuple[float | None, ...]
    diverged: Ints
    dead: Ints
    metric: Literal["accuracy", "mse"]
    part: str
    unit: float

    @property
    def alive(self) -> Ints:
        """(p,) members that count."""
        return np.asarray(np.isfinite(self.error).sum(axis=1), dtype=np.int64)


def groups_of(atlas: Atlas) -> Groups:
    """Read the table of an atlas by point and seed.

    Raises:
        InputError: it has no members, or neither an accuracy nor a squared error.
    """
    table = atlas.table
    if not len(table):
        raise InputError(f"The atlas {atlas.name!r} has no members yet: sweep first.")
    metric, part = _judged(table.columns)
    points, seeds = (np.unique(table[name].to_numpy()) for name in ("point", "seed"))
    place = tuple(
        np.searchsorted(values, table[name].to_numpy())
        for name, values in (("point", points), ("seed", seeds))
    )
    diverged = (table["status"] == "diverged").to_numpy()
    dead = (table["dead"].fill_null(0.0) > 0).to_numpy() & ~diverged
    lost = diverged | dead
    numbers = [int(p) for p in points]
    return Groups(
        points=points.astype(np.int64),
        settings=tuple(atlas.points[p] for p in numbers),
        seeds=seeds.astype(np.int64),
        error=_matrix(_errors(table, part, metric), lost, place, (len(points), len(seeds))),
        train=_matrix(_errors(table, "train", metric), lost, place, (len(points), len(seeds))),
        parameters=_parameters(table, place[0], len(points)),
        floors=_floors(atlas, numbers),
        diverged=np.bincount(place[0], diverged, len(points)).astype(np.int64),
        dead=np.bincount(place[0], dead, len(points)).astype(np.int64),
        metric=metric,
        part=part,
        unit=1.0 if metric == "accuracy" else _variance(table),
    )


def _judged(columns: Sequence[str]) -> tuple[Literal["accuracy", "mse"], str]:
    metrics: tuple[Literal["accuracy", "mse"], ...] = ("accuracy", "mse")
    for metric in metrics:
        for part in reversed(PARTS):
            if f"{part}_{metric}" in columns:
                return metric, part
    raise InputError("A verdict needs an accuracy or a squared error, and the atlas has neither.")


def _errors(table: polars.DataFrame, part: str, metric: str) -> Array:
    values = _column(table, f"{part}_{metric}")
    return 1.0 - values if metric == "accuracy" else values


def _column(table: polars.DataFrame, name: str) -> Array:
    import polars

    return np.asarray(table[name].cast(polars.Float64).fill_null(float("nan")).to_numpy())


def _matrix(values: Array, lost: Array, place: tuple[Array, ...], shape: tuple[int, int]) -> Array:
    found = np.full(shape, np.nan)
    found[place] = np.where(lost, np.nan, values)
    return found


def _parameters(table: polars.DataFrame, place: Array, n: int) -> Array:
    found = np.zeros(n)
    found[place] = _column(table, "parameters")
    return found


def _variance(table: polars.DataFrame) -> float:
    """Return the variance of the training targets, from r2 = 1 - mse / variance."""
    if "train_r2" not in table.columns:
        return 1.0
    rest = 1.0 - _column(table, "train_r2")
    mse = _column(table, "train_mse")
    known = np.isfinite(rest) & np.isfinite(mse) & (rest > 1e-9)
    return float(np.median(mse[known] / rest[known])) if known.any() else 1.0


def _floors(atlas: Atlas, numbers: Sequence[int]) -> tuple[float | None, ...]:
    """Return the floor of each point, worked out once for every problem."""
    known: dict[str, float | None] = {}
    found = []
    for number in numbers:
        own = {
            path: value
            for path, value in atlas.points[number].items()
            if path.startswith("problem") or path == "model.kind"
        }
        key = json.dumps(own, sort_keys=True)
        if key not in known:
            known[key] = _floor(atlas.experiment(number))
        found.append(known[key])
    return tuple(found)


def _floor(experiment: Experiment) -> float | None:
    if experiment.model.learns != "target":
        return None
    problem = experiment.problem
    sample = problem.sample(streams(experiment.seed, problem_seed=problem.seed).draws)
    return None if sample.truth is None else float(sample.truth.floor())
