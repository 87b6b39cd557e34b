from pathlib import Path

import numpy as np
import pytest

import learnscope as ls
from learnscope.atlas.atlas import Atlas
from learnscope.errors import DataError
from learnscope.measures.atlas.verdict import atlas_verdict, run_verdict
from learnscope.sweeps.drive import sweep
from learnscope.sweeps.sweep import Sweep
from learnscope.training.split import Split


def lines(**settings: object) -> ls.Experiment:
    """Return a straight line through a parabola with noise."""
    data = {
        "name": "bend",
        "problem": {"kind": "formula", "formula": "x**2", "noise": 0.3, "n": 60,
                    "spacing": "random"},
        "features": ["standardise"],
        "model": {"kind": "polynomial", "degree": 1},
        "training": {"epochs": 400, "lr": 0.1, "schedule": "cosine", "split": Split(test=0.5)},
        "seeds": 8,
        **settings,
    }  # fmt: skip
    return ls.Experiment(**data)


@pytest.fixture(scope="module")
def bend(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    wanted = Sweep(experiment=lines(), over={"model.degree": [1, 2, 3]})
    return sweep(wanted, out=tmp_path_factory.mktemp("atlases"), engine="threads").atlas


def test_a_line_through_a_parabola_underfits_and_the_parabola_does_not(bend: Atlas) -> None:
    found = atlas_verdict(bend)
    words = [p.word for p in found.points]
    assert words[:2] == ["under-fitting", "noise-limited"]
    assert found.words == {p.point: p.word for p in found.points}
    assert found.choice is not None and found.choice.smallest == found.points[1].point
    # Measured in the table: mean squared errors of one floor, the variance of the noise.
    assert all(p.floor == pytest.approx(0.09) for p in found.points)
    table = bend.table.filter(bend.table["point"] == found.points[0].point)
    assert found.points[0].error == pytest.approx(table["test_mse"].mean())
    assert "under-fitting" in found.paragraph and "model.degree = 2" in found.paragraph
    assert {row[0] for row in found.rows} == set(words)
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert found.trials == () and "Nothing is left to change" in found.paragraph


def test_the_proposal_that_mends_a_run_is_found_by_training_it() -> None:
    run = ls.train(lines())
    found = run_verdict(run, trials=True, seeds=6)
    (point,) = found.points
    assert point.word == "under-fitting" and abs(point.optimisation) < 0.05 * point.deficit
    best = max(found.trials, key=lambda t: -np.inf if t.gain is None else t.gain.value)
    assert best is found.trials[0]
    assert best.overrides == {"model.degree": "2"}
    assert best.gain is not None and best.gain.clear and best.gain.n == 6
    # A parabola has no more to learn than the noise: 0.09, and 3 weights on 30 rows.
    assert best.after == pytest.approx(0.09 * (1 + 3 / 30), rel=0.1)
    assert found.fresh == pytest.approx(best.before) and found.fresh_seeds == 6
    assert "help beyond chance: Double the degree" in found.paragraph
    assert any("--model.degree 2" in note for note in found.notes)


def test_trials_beyond_the_budget_are_left_out_and_said_to_be() -> None:
    run = ls.train(lines())
    found = run_verdict(run, trials=True, seeds=2, seconds=1e-6)
    assert found.trials and all(t.gain is None and "it would take" in t.left_out
                                for t in found.trials)  # fmt: skip
    assert "Proposed and not tried: Double the degree" in found.paragraph
    assert all("Not tried: it would take" in note for note in found.notes)


def test_where_all_members_are_lost_there_is_no_best(tmp_path: Path) -> None:
    lost = lines(features=[], training={"epochs": 30, "lr": 1e30, "optimizer": "sgd"}, seeds=2)
    with pytest.raises(DataError, match="No member of this run is alive"):
        run_verdict(ls.train(lost))
    wanted = Sweep(experiment=lost, over={"model.degree": [1, 2]})
    found = atlas_verdict(sweep(wanted, out=tmp_path, engine="threads").atlas)
    assert {p.word for p in found.points} == {"diverged"}
    assert found.choice is None and "There is no best setting" in found.paragraph
