"""Refinement and halving over seeds choose the points that a reader of the table would choose."""

from pathlib import Path
from typing import Any

import polars
import pytest

import learnscope as ls
from learnscope.errors import InputError
from learnscope.sweeps.members import check_name

QUICK = {
    "problem": {"kind": "spirals", "n": 40},
    "model": {"kind": "mlp", "width": 4, "depth": 1},
    "training": {"epochs": 30, "lr": 0.02},
}


def wanted(seeds: int, over: dict[str, Any], **more: Any) -> ls.Sweep:
    return ls.Sweep(experiment=ls.Experiment(**QUICK, seeds=seeds), over=over, **more)


def trained(sweep: ls.Sweep, out: Path) -> Any:
    return ls.sweep(sweep, out=out, route="torch", engine="threads")


def test_refinement_goes_between_the_neighbours_that_differ_most(tmp_path: Path) -> None:
    over = {"training.lr": "log(1e-5, 1e-1, 3)", "model.width": "8"}
    sweep = wanted(6, over, refine=1, measure="train_loss")
    done = trained(sweep, tmp_path)
    table = done.atlas.table
    mean: dict[float, Any] = {
        rate: table.filter(polars.col("training.lr") == rate)["train_loss"].mean()
        for rate in (1e-5, 1e-3, 1e-1)
    }
    new = sorted(set(table["training.lr"].unique()) - set(mean))
    changes = [abs(mean[1e-5] - mean[1e-3]), abs(mean[1e-3] - mean[1e-1])]
    assert new == [pytest.approx(1e-4 if changes[0] > changes[1] else 1e-2)]
    assert (done.members, done.trained, done.skipped) == (24, 24, 0)
    again = trained(sweep, tmp_path)
    assert (again.members, again.trained, again.skipped) == (24, 0, 24)


def test_halving_gives_most_seeds_to_the_best(tmp_path: Path) -> None:
    over = {"training.lr": "1e-6,1e-4,1e-3,0.05"}
    sweep = wanted(8, over, halving="seeds", measure="train_loss")
    done = trained(sweep, tmp_path)
    seeds = dict(done.atlas.table.group_by("training.lr").len().iter_rows())
    # 4 points with 2 seeds, 2 of them with 4, 1 of them with 8.
    assert sorted(seeds.values()) == [2, 2, 4, 8]
    first = done.atlas.group("training.lr", "train_loss", where="seed < 2").sort("mean")
    assert seeds[first["training.lr"][3]] == seeds[first["training.lr"][2]] == 2
    assert (done.members, done.trained) == (16, 16)
    assert [r["seeds"] for r in done.rounds] == [2, 4, 8]
    again = trained(sweep, tmp_path)
    assert (again.members, again.trained, again.skipped) == (16, 0, 16)


@pytest.mark.parametrize(
    "settings",
    [
        {"problem": "spirals"},
        {"problem": "sine"},
        {"problem": "digits", "model": {"kind": "autoencoder", "variational": {}}},
    ],
)
def test_every_measure_that_members_have_can_be_named(settings: Any, tmp_path: Path) -> None:
    base = ls.Experiment(**settings, training={"epochs": 1}, seeds=1)
    done = trained(ls.Sweep(experiment=base, over={"training.lr": "1e-3"}), tmp_path)
    for measure in done.atlas.measures:
        check_name(measure)
    with pytest.raises(InputError, match="Did you mean 'test_loss'"):
        check_name("test_los")


def test_what_cannot_be_adapted_is_refused(tmp_path: Path) -> None:
    over = {"model.width": "1..4"}
    with pytest.raises(InputError, match="2 seeds or more"):
        trained(wanted(1, over, refine=1), tmp_path)
    with pytest.raises(InputError, match="--seeds 16"):
        trained(wanted(3, over, halving="seeds"), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"refine": 1, "halving": "seeds"}, "leave one"),
        ({"refine": 1, "sample": 3}, "leave one"),
        ({"refine": 0}, "refine must be >= 1"),
        ({"eta": 3}, "add halving"),
        ({"halving": "seeds", "eta": 1}, "eta must be >= 2"),
        ({"measure": "train_loss"}, "atlas query"),
        ({"trials": 5}, "sampler = 'optuna'"),
        ({"sampler": "optuna"}, "trials = 60"),
        ({"sampler": "optuna", "trials": 5, "sample": 5}, "give trials"),
        ({"halving": "epoch"}, "Did you mean 'epochs'"),
    ],
)
def test_ways_that_do_not_go_together_are_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        wanted(4, {"model.width": "1..4"}, **more)


def test_an_axis_of_epochs_leaves_nothing_to_halve() -> None:
    with pytest.raises(InputError, match="take it out of the axes"):
        wanted(4, {"model.width/training.epochs": "1/10,2/20"}, halving="epochs")


def test_without_optuna_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    search = wanted(2, {"model.width": "1..4"}, sampler="optuna", trials=4)
    with pytest.raises(InputError, match=r"pip install 'learnscope\[optuna\]'"):
        trained(search, tmp_path)
    assert not list(tmp_path.iterdir())
