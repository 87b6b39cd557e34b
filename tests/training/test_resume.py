"""A training that was stopped and goes on ends with the same bits as one that was not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.errors import Interrupted
from learnscope.training.checkpoint import load_checkpoint, save_checkpoint
from learnscope.training.loop import train_member
from learnscope.training.member import Member
from learnscope.training.result import Result
from learnscope.training.state import TrainingState
from tests.training.members import same_bits, spirals

KINDS: dict[str, Any] = {
    "adam": {"optimizer": "adam", "batch_size": 11},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01, "batch_size": 11},
    "sgd": {"optimizer": "sgd", "batch_size": 11},
    "nesterov": {
        "optimizer": {"kind": "sgd", "momentum": 0.9, "nesterov": True},
        "batch_size": 11,
        "decay_biases": False,
        "weight_decay": 0.01,
    },
    "rmsprop": {
        "optimizer": {"kind": "rmsprop", "momentum": 0.5, "centered": True},
        "batch_size": 11,
        "clip_norm": 0.1,
    },
    "lbfgs": {"optimizer": {"kind": "lbfgs", "max_iter": 3, "history": 4}, "lr": 1.0, "epochs": 9},
    "lbfgs without search": {
        "optimizer": {"kind": "lbfgs", "max_iter": 2, "line_search": "none"},
        "lr": 0.1,
        "epochs": 9,
        "weight_decay": 0.1,
    },
    # Steps so short that no curvature pair is taken and the old scale of the Hessian is used.
    "lbfgs with short steps": {
        "optimizer": {"kind": "lbfgs", "max_iter": 3, "line_search": "none"},
        "lr": 2e-6,
        "epochs": 9,
    },
    "dropout": {"dropout": 0.3, "batch_size": 11, "schedule": "cosine"},
    "early stopping": {
        "stopping": {"patience": 2, "min_delta": 1e-3},
        "split": {"validation": 0.25},
        "batch_size": 11,
        "lr": 0.1,
        "epochs": 30,
    },
    "single precision": {"precision": "float32", "loss": "bce_logits", "batch_size": 11},
}


def _stop_after(member: Member, updates: int, resume: TrainingState | None) -> TrainingState | None:
    """Train some updates; return the state, or None when the training ended before."""
    saved: list[TrainingState] = []
    left = iter([False] * updates)
    try:
        train_member(member, should_stop=lambda: next(left, True), save=saved.append, resume=resume)
    except Interrupted:
        return saved[-1]
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_stop_at_any_update_and_resume(kind: str, tmp_path: Path) -> None:
    member = spirals(**{"lr": 0.01, **KINDS[kind]})
    whole, path = train_member(member), tmp_path / "state"
    stop, state = 0, _stop_after(member, 0, None)
    while state is not None:
        save_checkpoint(path, member, state)
        same_bits(train_member(member, resume=load_checkpoint(path, member)), whole)
        stop += 1
        state = _stop_after(member, stop, None)
    assert stop >= 9


@pytest.mark.parametrize("kind", KINDS)
def test_stop_after_every_update(kind: str, tmp_path: Path) -> None:
    member = spirals(**{"lr": 0.01, **KINDS[kind]})
    path, result = tmp_path / "state", list[Result]()
    state = _stop_after(member, 0, None)
    assert state is not None
    while state is not None:
        save_checkpoint(path, member, state)
        last = load_checkpoint(path, member)
        state = _stop_after(member, 1, last)
    result.append(train_member(member, resume=last))
    same_bits(result[0], train_member(member))


def test_divergence_after_a_resumption_is_the_same() -> None:
    member = spirals(optimizer="sgd", lr=50.0, epochs=300, batch_size=8)
    whole = train_member(member)
    assert whole.status == "diverged"
    same_bits(train_member(member, resume=_stop_after(member, 7, None)), whole)


def test_time_of_all_parts_is_added_up() -> None:
    member = spirals()
    state = _stop_after(member, 2, None)
    assert state is not None
    assert train_member(member, resume=state).seconds > state.seconds > 0


def test_a_state_is_not_changed_by_going_on() -> None:
    member = spirals()
    state = _stop_after(member, 2, None)
    assert state is not None
    before = {k: v.copy() for k, v in {**state.parameters, **state.optimizer}.items()}
    train_member(member, resume=state)
    for name, value in {**state.parameters, **state.optimizer}.items():
        np.testing.assert_array_equal(before[name], value)


def test_states_are_saved_as_often_as_asked() -> None:
    saved: list[TrainingState] = []
    train_member(spirals(epochs=6), save=saved.append, save_every_seconds=0.0)
    assert [s.epoch for s in saved] == list(range(6))
    saved.clear()
    train_member(spirals(epochs=6), save=saved.append)
    assert saved == []
