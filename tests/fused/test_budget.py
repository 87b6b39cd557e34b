"""A time budget: what is under way ends where it stands, what was not begun is said to be so."""

import time
from typing import Any

import numpy as np
import pytest

from learnscope.fused import train_members, warmup
from learnscope.training.loop import train_member
from learnscope.training.member import Member
from learnscope.training.result import Result
from learnscope.training.routes import Choice, Listener, Resume
from learnscope.training.routes import train_members as train_by_route
from tests.training.members import spirals

ENDLESS: dict[str, Any] = {"epochs": 1_000_000, "eval_every": 1_000_000}


def by_route(route: Any, members: list[Member], seconds: float) -> list[Result | None]:
    quiet = Listener(
        on_progress=lambda p: None, on_result=lambda r: None, should_stop=lambda: False
    )
    fresh = Resume(load=lambda m: None, save=lambda m, state: None)
    return train_by_route(members, Choice(route=route, reason=""), quiet, fresh, seconds)


@pytest.mark.parametrize("route", ["fused", "torch"])
def test_members_are_finished_cut_or_not_begun(route: Any) -> None:
    warmup("float64")
    by_route(route, [spirals(epochs=1)], 1000)  # so that PyTorch is loaded too
    # Updates of two rows, some seconds of them; a million epochs would take long to lay out.
    long = {"epochs": 200_000, "eval_every": 200_000, "batch_size": 2}
    members = [spirals(epochs=1), *(spirals(seed=s, **long) for s in range(1, 9))]
    start = time.monotonic()
    results = by_route(route, members, 0.5)
    # Much more than the budget only where the machine has no time for this process.
    assert time.monotonic() - start < 20
    statuses = [None if r is None else r.status for r in results]
    assert statuses[0] == "trained"
    assert statuses[1] == "budget"
    assert statuses[-1] is None
    cut = results[1]
    assert cut is not None and 0 <= cut.epochs < 200_000
    assert cut.history["epoch"].tolist() == [0]
    assert all(np.isfinite(w).all() for w in cut.parameters.values())


def test_enough_time_changes_nothing() -> None:
    members = [spirals(seed=s) for s in range(3)]
    found = train_members(members, seconds=1000)
    for a, b in zip(found, train_members(members), strict=True):
        assert a is not None and a.status == "trained"
        for name in b.parameters:
            np.testing.assert_array_equal(a.parameters[name], b.parameters[name])


def test_a_member_that_is_cut_has_the_weights_of_its_last_update() -> None:
    member = spirals(**ENDLESS)
    cut = train_members([member], seconds=0.05)[0]
    assert cut is not None
    # Full batch: every whole epoch is one update.
    again = train_members([spirals(epochs=cut.epochs)])[0]
    for name in again.parameters:
        np.testing.assert_array_equal(cut.parameters[name], again.parameters[name])


def test_the_pytorch_route_begins_the_first_member_in_any_case() -> None:
    result = train_member(spirals(**ENDLESS), seconds=1e-9)
    assert (result.status, result.epochs) == ("budget", 0)
    assert result.history["epoch"].tolist() == [0]
