"""The trainer of a sweep, and sweeps whose members train in stacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.experiment import Experiment, read_experiment
from learnscope.sweeps.drive import sweep
from learnscope.sweeps.plan import cut, make_plan
from learnscope.sweeps.route import choose_sweep_route, multiply_adds
from learnscope.sweeps.sweep import Sweep
from learnscope.training.member import prepare
from learnscope.training.stackable import STACK
from tests.sweeps.victims import contents

SERIES = {"kind": "series", "n": 60, "window": 5, "noise": 0.05}
GRU = {"kind": "recurrent", "cell": "gru", "hidden": 3}


def experiment(model: Any = GRU, problem: Any = SERIES, seeds: int = 8, **more: Any) -> Experiment:
    training = {"epochs": 3, "batch_size": 16, "lr": 0.01, **more}
    return read_experiment(
        {"name": "stacks", "seeds": seeds, "problem": problem, "model": model, "training": training}
    )


def wanted(seeds: int = 5) -> Sweep:
    return Sweep(experiment=experiment(seeds=seeds), over={"model.hidden": "3, 4"})


def route_of(chosen: Experiment, asked: Any = "auto") -> str:
    return choose_sweep_route([prepare(chosen, 0)], asked, chosen.seeds)[0]


def test_auto_stacks_what_is_known_to_be_faster_in_stacks() -> None:
    assert route_of(experiment()) == "stack"
    # A stack of two is hardly faster than its members one by one.
    assert route_of(experiment(seeds=2)) == "torch"
    assert route_of(experiment({"kind": "mlp", "hidden": [4]}, "spirals")) in {"fused", "torch"}
    assert route_of(experiment(clip_norm=1.0)) == "torch"
    assert route_of(experiment({**GRU, "cell": "lstm"})) == "torch"
    large = {"kind": "conv", "blocks": [{"channels": c, "padding": "same"} for c in (64, 128)]}
    assert route_of(experiment(large, "digits", loss="cross_entropy")) == "torch"
    assert route_of(experiment({"kind": "seq2seq"}, {**SERIES, "horizon": 3})) == "torch"


def test_multiply_adds_are_those_counted_by_hand() -> None:
    same = [{"channels": c, "padding": "same"} for c in (8, 16)]
    conv = prepare(experiment({"kind": "conv", "blocks": same, "bias": False}, "digits",
                              loss="cross_entropy"), 0)  # fmt: skip
    # 3 x 3 kernels at 8 x 8 and 4 x 4 places, then 16 maps of 2 x 2 to 10 classes.
    assert multiply_adds(conv.network) == 64 * 8 * 9 + 16 * 16 * 8 * 9 + 64 * 10
    cells = prepare(experiment({**GRU, "bias": False}), 0)
    assert multiply_adds(cells.network) == 5 * (9 * 1 + 9 * 3) + 3


@pytest.mark.parametrize(
    ("asked", "more", "words"),
    [
        (
            "stack",
            {"clip_norm": 1.0},
            "training.clip_norm is not done in stacks. Use '--route torch'",
        ),
        ("stak", {}, "route must be one of auto, torch, fused, stack, got 'stak'"),
        ("fused", {}, "--route fused cannot train this experiment"),
    ],
)
def test_what_cannot_be_is_refused(asked: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match="route") as caught:
        route_of(experiment(**more), asked)
    assert words in str(caught.value)


def test_a_shard_is_a_stack_of_members_that_train_alike() -> None:
    plan = make_plan(Sweep(experiment=experiment(seeds=20), over={"model.hidden": "3, 4"}), "stack")
    shards, _ = cut(plan, lambda i, seed: False, 2)
    assert sum(shard.n_members for shard in shards) == 40
    assert max(shard.n_members for shard in shards) <= STACK


def test_an_atlas_is_the_same_however_its_members_were_stacked(tmp_path: Path) -> None:
    whole = sweep(wanted(), out=tmp_path / "whole", engine="threads", route="stack")
    assert (whole.trained, whole.failed) == (10, 0)
    for seeds in (1, 3, 5):
        grown = sweep(wanted(seeds), out=tmp_path / "grown", engine="threads", route="stack")
    assert (grown.trained, grown.skipped) == (4, 6)
    assert contents(grown.atlas) == contents(whole.atlas)


def test_members_are_those_of_the_other_route_within_rounding(tmp_path: Path) -> None:
    stacked = sweep(wanted(2), out=tmp_path / "one", engine="threads", route="stack").atlas.table
    loop = sweep(wanted(2), out=tmp_path / "two", engine="threads", route="torch").atlas.table
    for name in ("train_mse", "test_mse"):
        np.testing.assert_allclose(stacked[name], loop[name], rtol=1e-4)


def test_an_atlas_keeps_its_route(tmp_path: Path) -> None:
    sweep(wanted(1), out=tmp_path, engine="threads", route="stack")
    with pytest.raises(InputError, match="cannot add to an atlas"):
        sweep(wanted(2), out=tmp_path, engine="threads", route="torch")
    assert sweep(wanted(2), out=tmp_path, engine="threads").trained == 2
