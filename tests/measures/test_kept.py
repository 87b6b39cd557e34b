"""Curves and trials that are stopped go on from what is kept, to the same bits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learnscope.errors import InputError, Interrupted
from learnscope.experiment import Experiment
from learnscope.measures.atlas.result import Trial
from learnscope.measures.atlas.trials import try_out
from learnscope.measures.kept import Kept, training_key
from learnscope.measures.refit import fit
from learnscope.measures.sized import rows_curve, width_curve
from learnscope.training.member import prepare
from learnscope.training.members import Members
from tests.measures.by_hand import experiment

FAST = {"epochs": 30, "lr": 0.05}


def settings(**more: Any) -> Experiment:
    made = {"problem": {"kind": "spirals", "n": 20}, "model": {"kind": "mlp", "hidden": [3]}}
    return experiment(**{**made, "training": FAST, "seeds": 4, **more})


def trained_after(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of members of every training from now on."""
    from learnscope.training.routes import train_members as usual

    counts: list[int] = []

    def counted(members: Any, *rest: Any, **more: Any) -> Any:
        counts.append(len(members))
        return usual(members, *rest, **more)

    monkeypatch.setattr("learnscope.measures.refit.train_members", counted)
    return counts


def test_a_curve_asked_for_again_trains_nothing_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = rows_curve(settings(), [10, 20, 40])
    counts = trained_after(monkeypatch)
    with Kept.open(tmp_path / "curve", "A curve") as kept:
        first = rows_curve(settings(), [10, 20, 40], kept=kept)
        assert sum(counts) == 12 and kept is not None and len(kept) == 12
    with Kept.open(tmp_path / "curve", "A curve") as kept:
        again = rows_curve(settings(), [10, 20, 40], kept=kept)
        assert sum(counts) == 12
        # A size more, and a seed more: what is new is trained. Rows are drawn for the largest
        # size, so that with another one all of them are other rows.
        more = rows_curve(settings(seeds=5), [10, 20, 40], kept=kept)
        assert sum(counts) == 15
    for found in (first, again):
        np.testing.assert_array_equal(found.test, plain.test)
        np.testing.assert_array_equal(found.train, plain.train)
    np.testing.assert_array_equal(more.test[:4], plain.test)


def test_a_stopped_curve_goes_on_to_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = width_curve(settings(), [1, 2, 4])
    counts = trained_after(monkeypatch)
    with (
        Kept.open(tmp_path, "A curve") as kept,
        pytest.raises(Interrupted, match=r"\d+ trainings? (is|are) kept in .* goes on from there"),
    ):
        # The four seeds of a width are a block: it ends in the second one, or right after it.
        width_curve(settings(), [1, 2, 4], kept=kept, should_stop=lambda: len(counts) >= 2)
    counts.clear()
    with Kept.open(tmp_path, "A curve") as kept:
        assert kept is not None and 4 <= len(kept) <= 8
        before = len(kept)
        found = width_curve(settings(), [1, 2, 4], kept=kept)
        assert sum(counts) == 12 - before
    np.testing.assert_array_equal(found.test, plain.test)


def test_trials_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial(change="Wider", because="", overrides={"model.hidden": "6"}, expected=0.1)
    plain = try_out(settings(), [trial], first_seed=100, seeds=3)
    counts = trained_after(monkeypatch)
    for _ in range(2):
        with Kept.open(tmp_path, "A trial") as kept:
            tried = try_out(settings(), [trial], first_seed=100, seeds=3, kept=kept)
        assert sum(counts) == 6
        np.testing.assert_array_equal(tried.before, plain.before)
        assert tried.trials[0].after == plain.trials[0].after


def test_kept_results_are_those_that_were_trained(tmp_path: Path) -> None:
    members = Members((settings(), seed) for seed in range(3))
    plain = fit(members)
    for _ in range(2):
        with Kept.open(tmp_path, "Some") as kept:
            found = fit(members, kept=kept)
        for a, b in zip(found, plain, strict=True):
            assert (a.result.status, a.result.epochs) == (b.result.status, b.result.epochs)
            for name, array in b.result.parameters.items():
                np.testing.assert_array_equal(a.result.parameters[name], array)


@pytest.mark.parametrize(
    "change",
    [
        {"training": {**FAST, "lr": 0.06}},
        {"training": {**FAST, "epochs": 31}},
        {"problem": {"kind": "spirals", "n": 20, "noise": 0.6}},
        {"model": {"kind": "mlp", "hidden": [4]}},
        {"model": {"kind": "mlp", "hidden": [3], "activation": "tanh"}},
        {"features": ["standardise"]},
        {"model": {"kind": "mlp", "hidden": [3], "init": "xavier"}},
    ],
)
def test_another_training_has_another_key(change: dict[str, Any]) -> None:
    own = training_key(prepare(settings(), 0), "fused")
    assert training_key(prepare(settings(), 0), "fused") == own
    assert training_key(prepare(settings(**change), 0), "fused") != own
    assert training_key(prepare(settings(), 1), "fused") != own
    assert training_key(prepare(settings(), 0), "torch") != own


def test_two_at_once_are_told_so_and_a_folder_that_cannot_be_written_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Kept.open(tmp_path / "a", "A curve of 'x'"),
        pytest.raises(InputError, match="A curve of 'x' is being trained by another process"),
        Kept.open(tmp_path / "a", "A curve of 'x'"),
    ):
        pass
    monkeypatch.setattr("learnscope.measures.kept.os.access", lambda path, mode: False)
    with Kept.open(tmp_path / "b", "A curve") as kept:
        assert kept is None
    assert not (tmp_path / "b").exists()
