"""A sweep that is stopped keeps its shards, and ends where an uninterrupted one ends."""

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

import learnscope as ls


def sweep(seeds: int = 6) -> ls.Sweep:
    experiment = ls.Experiment(
        problem={"kind": "spirals", "n": 40}, training={"epochs": 5}, seeds=seeds
    )
    return ls.Sweep(experiment=experiment, over={"model.width": "2..6", "problem.noise": "0,1"})


def test_a_stopped_sweep_goes_on_to_the_same_table(tmp_path: Path) -> None:
    whole = ls.sweep(sweep(), out=tmp_path / "a", route="torch", engine="threads")
    seen: list[int] = []

    def stop() -> bool:
        return bool(seen) and seen[-1] > 0

    with pytest.raises(ls.Interrupted, match="are kept in"):
        ls.sweep(
            sweep(),
            out=tmp_path / "b",
            route="torch",
            engine="threads",
            on_progress=lambda p: seen.append(p.members_done),
            should_stop=stop,
        )
    kept = len(ls.load_atlas("last", out=tmp_path / "b").table)
    assert 0 < kept < whole.members
    rest = ls.sweep(sweep(), out=tmp_path / "b", engine="threads")
    assert (rest.skipped, rest.trained) == (kept, whole.members - kept)
    assert_frame_equal(rest.atlas.table.drop("seconds"), whole.atlas.table.drop("seconds"))


def test_numbers_written_in_two_ways_are_one_point(tmp_path: Path) -> None:
    first = ls.sweep(sweep(2), out=tmp_path, route="torch", engine="threads")
    same = sweep(2).model_copy(
        update={"over": {"model.width": "2..6", "problem.noise": [0.0, 1.0]}}
    )
    again = ls.sweep(same, out=tmp_path, engine="threads")
    assert (again.trained, again.skipped) == (0, first.members)


def test_an_atlas_has_members_of_one_route(tmp_path: Path) -> None:
    ls.sweep(sweep(2), out=tmp_path, route="torch", engine="threads")
    with pytest.raises(ls.InputError, match="'torch'"):
        ls.sweep(sweep(3), out=tmp_path, route="fused", engine="threads")
