"""Threads, progress, cancelling, divergence and the folder of builds."""

import re
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError, Interrupted
from learnscope.experiment import Experiment
from learnscope.fused import estimate_seconds, train_members, warmup
from learnscope.training.loop import train_member
from learnscope.training.member import Member, prepare
from learnscope.training.result import Progress, Result


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    # A build under way cannot be broken off.
    warmup("float64")


def make_member(seed: int = 0, hidden: tuple[int, ...] = (4,), **training: Any) -> Member:
    settings: dict[str, Any] = {"precision": "float64", "epochs": 30, **training}
    experiment = Experiment(
        problem={"kind": "spirals", "n": 20},
        model={"kind": "mlp", "hidden": hidden, "activation": "tanh"},
        training=settings,
    )
    return prepare(experiment, seed)


def long_member(seed: int = 0) -> Member:
    return make_member(seed, (64, 64), epochs=1_000_000, eval_every=1_000_000)


def test_results_are_delivered_as_they_finish_and_progress_ends_complete() -> None:
    members = [make_member(seed) for seed in range(5)]
    delivered: list[int] = []
    seen: list[Progress] = []
    results = train_members(
        members, on_result=lambda r: delivered.append(r.seed), on_progress=seen.append
    )
    assert sorted(delivered) == [r.seed for r in results] == list(range(5))
    assert seen[-1] == Progress(done=150, total=150, members_done=5, members=5)


def test_stop_ends_running_members_at_once_and_keeps_the_finished_ones() -> None:
    delivered: list[Result] = []
    start = time.monotonic()
    with pytest.raises(Interrupted, match="stopped with 1 of 3 members finished"):
        train_members(
            [make_member(0), long_member(1), long_member(2)],
            n_threads=2,
            on_result=delivered.append,
            should_stop=lambda: bool(delivered) and time.monotonic() - start > 0.3,
        )
    assert [r.seed for r in delivered] == [0]
    # An epoch takes microseconds; 10 s leaves room for a busy machine.
    assert time.monotonic() - start < 10
    assert not [t for t in threading.enumerate() if t.name.startswith("fused-")]


def test_progress_runs_while_a_member_trains() -> None:
    seen: list[Progress] = []
    deadline = time.monotonic() + 60

    def should_stop() -> bool:
        # The first calls may fall into the loading of the compiled code.
        return bool(seen and seen[-1].done) or time.monotonic() > deadline

    with pytest.raises(Interrupted):
        train_members([long_member()], on_progress=seen.append, should_stop=should_stop)
    done = [p.done for p in seen]
    assert done == sorted(done) and done[-1] > 0
    assert seen[-1].members_done == 0 and seen[-1].total == 1_000_000


def test_ctrl_c_ends_the_threads() -> None:
    def press() -> None:
        raise KeyboardInterrupt

    def should_stop() -> bool:
        press()
        return False

    with pytest.raises(KeyboardInterrupt):
        train_members([long_member()], should_stop=should_stop)
    assert not [t for t in threading.enumerate() if t.name.startswith("fused-")]


@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "sgd", "lr": 1e30, "epochs": 500},
        {"optimizer": "sgd", "lr": 1e12, "precision": "float32", "eval_every": 100},
        {"optimizer": "sgd", "lr": 1e20, "precision": "float32", "batch_size": 5},
    ],
)
def test_divergence_is_told_as_by_the_reference_route(training: dict[str, Any]) -> None:
    member = make_member(**{"loss": "mse", **training})
    fast, slow = train_members([member])[0], train_member(member)
    assert fast.status == slow.status == "diverged"
    assert (fast.epochs, fast.best_epoch) == (slow.epochs, slow.best_epoch)
    # The numbers in the sentence are of runaway size; the words must be the same.
    plain = [re.sub(r"[\d.e+]+", "#", str(r.cause)) for r in (fast, slow)]
    assert plain[0] == plain[1]
    assert all(np.isfinite(v).all() for v in fast.parameters.values())


def test_a_member_that_cannot_be_trained_is_refused_before_any_work() -> None:
    delivered: list[Result] = []
    members = [make_member(1), make_member(2, optimizer="lbfgs")]
    with pytest.raises(InputError, match="seed 2: the optimizer lbfgs is not fused"):
        train_members(members, on_result=delivered.append)
    with pytest.raises(InputError, match="n_threads must be >= 1, got 0"):
        train_members(members[:1], n_threads=0)
    assert delivered == [] and train_members([]) == []


def test_estimate_grows_with_the_work() -> None:
    small, deep = make_member(0, (4,)), make_member(0, (64, 64))
    assert 0 < estimate_seconds([small]) < estimate_seconds([deep])
    assert estimate_seconds([small, small], 2) == pytest.approx(estimate_seconds([small]))


def test_the_folder_of_builds_is_the_one_asked_for_or_the_next_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from learnscope.fused.compiled import cache_folder

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "asked"))
    assert cache_folder() == tmp_path / "asked" / "learnscope-fused"
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert cache_folder() == tmp_path / "user" / "learnscope" / "fused"
