"""Optuna's suggestions find the optimum of a known landscape, and are the same each time."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

import learnscope as ls
from learnscope.sweeps.axes import read_axes
from learnscope.sweeps.points import Point, sampled
from learnscope.sweeps.suggesting import Suggestions

pytest.importorskip("optuna")

OVER = {"a": "0:10", "b": "log(1e-4,1)", "c": "1..32", "d": "low,high"}
TRIALS = 60


def height(point: Point) -> float:
    """A bowl with its least value, 0, at a = 3, b = 1e-2, c = 20, d = high."""
    return float(
        ((point["a"] - 3) / 10) ** 2
        + (math.log10(point["b"] / 1e-2) / 4) ** 2
        + ((point["c"] - 20) / 32) ** 2
        + (0.0 if point["d"] == "high" else 0.5)
    )


def search(seed: int, where: str = "", over: Any = OVER, trials: int = TRIALS) -> list[Point]:
    suggestions, found = Suggestions(read_axes(over), where, seed), list[Point]()
    while len(found) < trials and (points := suggestions.ask(min(4, trials - len(found)))):
        suggestions.tell(points, [height(point) for point in points])
        found += points
    return found


def test_the_search_comes_closer_than_chance() -> None:
    axes = read_axes(OVER)
    ours = [min(map(height, search(seed))) for seed in range(5)]
    chance = [min(map(height, sampled(axes, TRIALS, "random", seed))) for seed in range(5)]
    # A tenth of the way off on each of the three axes is 0.03.
    assert max(ours) < 0.03
    assert np.median(ours) < np.median(chance) / 2


def test_the_same_seed_asks_for_the_same_points() -> None:
    assert search(3, trials=24) == search(3, trials=24)
    assert search(3, trials=24) != search(4, trials=24)


def test_points_keep_to_the_axes_and_the_condition() -> None:
    points = search(0, where="a + c <= 12", trials=30)
    assert len(points) == 30
    assert len({repr(point) for point in points}) == 30
    for point in points:
        assert 0 <= point["a"] <= 10 and 1e-4 <= point["b"] <= 1 and point["d"] in ("low", "high")
        assert type(point["c"]) is int and point["a"] + point["c"] <= 12


def test_a_small_space_is_searched_whole_and_then_left() -> None:
    over = {"a": "1..3", "b": "1e-2", "c": "20", "d": "low,high"}
    points = search(0, over=over, trials=TRIALS)
    assert sorted((p["a"], p["d"]) for p in points) == [
        (a, d) for a in (1, 2, 3) for d in ("high", "low")
    ]
    linked = search(0, over={"a/c": "1/2,3/4", "b": "1e-2", "d": "low"}, trials=5)
    assert sorted((p["a"], p["c"]) for p in linked) == [(1, 2), (3, 4)]


def test_points_of_which_nothing_came_count_as_the_worst() -> None:
    suggestions = Suggestions(read_axes({"a": "0:10"}), "", 0)
    found: list[float] = []
    for _ in range(15):
        points = suggestions.ask(4)
        # Nothing ever comes of the upper half.
        suggestions.tell(points, [None if p["a"] > 5 else p["a"] for p in points])
        found += [p["a"] for p in points]
    assert np.mean(np.array(found[30:]) > 5) < 0.2


def wanted(trials: int, **more: Any) -> ls.Sweep:
    base = ls.Experiment(
        problem={"kind": "spirals", "n": 40},
        model={"kind": "mlp", "hidden": [3]},
        training={"epochs": 6},
        seeds=2,
    )
    over = {"training.lr": "log(1e-3,1e-1)", "model.width": "1..6", "model.depth": "1"}
    return ls.Sweep(
        experiment=base, over=over, sampler="optuna", trials=trials, measure="train_loss", **more
    )


def test_a_search_trains_each_point_with_all_seeds_and_none_twice(tmp_path: Path) -> None:
    def done(trials: int, **more: Any) -> Any:
        sweep = wanted(trials, **more)
        return ls.sweep(sweep, out=tmp_path, route="torch", engine="threads")

    first = done(6)
    table = first.atlas.table
    assert (first.members, first.trained) == (12, 12)
    assert table.group_by("point").len()["len"].to_list() == [2] * 6
    assert [r["points"] for r in first.rounds] == [4, 2]
    again = done(6)
    assert (again.members, again.trained, again.skipped) == (12, 0, 12)
    # More trials go on from those that were made.
    more = done(8)
    assert (more.members, more.trained) == (16, 4)
    other = done(6, sampler_seed=1)
    assert other.trained == 12
    assert polars.read_parquet(other.atlas.path / "atlas.parquet").height == 12 + 4 + 12
