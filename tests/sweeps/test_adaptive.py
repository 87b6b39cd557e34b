"""Refinement and halving choose the points that a reader of the table would choose."""

from pathlib import Path
from typing import Any

import polars
import pytest

import learnscope as ls
from learnscope.errors import InputError
from learnscope.sweeps.adaptive import halved, refined

QUICK = {
    "problem": {"kind": "spirals", "n": 40},
    "model": {"kind": "mlp", "width": 4, "depth": 1},
    "training": {"epochs": 30, "lr": 0.02},
}


def wanted(seeds: int, over: dict[str, Any]) -> ls.Sweep:
    return ls.Sweep(experiment=ls.Experiment(**QUICK, seeds=seeds), over=over)


def trainer(out: Path) -> Any:
    return lambda part: ls.sweep(part, out=out, route="torch", engine="threads")


def test_refinement_goes_between_the_neighbours_that_differ_most(tmp_path: Path) -> None:
    sweep = wanted(6, {"training.lr": "log(1e-5, 1e-1, 3)", "model.width": "8"})
    train = trainer(tmp_path)
    done = refined(sweep, 1, train, "train_loss")
    table = done.atlas.table
    mean: dict[float, Any] = {
        rate: table.filter(polars.col("training.lr") == rate)["train_loss"].mean()
        for rate in (1e-5, 1e-3, 1e-1)
    }
    new = sorted(set(table["training.lr"].unique()) - set(mean))
    changes = [abs(mean[1e-5] - mean[1e-3]), abs(mean[1e-3] - mean[1e-1])]
    assert new == [pytest.approx(1e-4 if changes[0] > changes[1] else 1e-2)]
    assert (done.members, done.trained, done.skipped) == (24, 24, 0)
    again = refined(sweep, 1, train, "train_loss")
    assert (again.members, again.trained, again.skipped) == (24, 0, 24)


def test_halving_gives_most_seeds_to_the_best(tmp_path: Path) -> None:
    sweep = wanted(8, {"training.lr": "1e-6,1e-4,1e-3,0.05"})
    done = halved(sweep, trainer(tmp_path), "train_loss")
    seeds = dict(done.atlas.table.group_by("training.lr").len().iter_rows())
    # 4 points with 2 seeds, 2 of them with 4, 1 of them with 8.
    assert sorted(seeds.values()) == [2, 2, 4, 8]
    first = done.atlas.group("training.lr", "train_loss", where="seed < 2").sort("mean")
    assert seeds[first["training.lr"][3]] == seeds[first["training.lr"][2]] == 2
    assert (done.members, done.trained) == (16, 16)
    again = halved(sweep, trainer(tmp_path), "train_loss")
    assert (again.members, again.trained, again.skipped) == (16, 0, 16)


def test_what_cannot_be_adapted_is_refused(tmp_path: Path) -> None:
    train = trainer(tmp_path)
    with pytest.raises(InputError, match="2 seeds or more"):
        refined(wanted(1, {"model.width": "1..4"}), 1, train)
    with pytest.raises(InputError, match="--seeds 16"):
        halved(wanted(3, {"model.width": "1..4"}), train)
    sample = wanted(4, {"model.width": "1..4"}).model_copy(update={"sample": 3})
    with pytest.raises(InputError, match="leave one"):
        refined(sample, 1, train)
    assert not list(tmp_path.iterdir())
