import math
from dataclasses import replace

import numpy as np
import pytest

from learnscope.measures.baselines import baselines
from learnscope.measures.facts import gather, last_fall
from learnscope.measures.scores import scores
from tests.measures.by_hand import experiment, member


def test_errors_of_classes_are_medians_over_the_members_alive() -> None:
    settings = experiment()
    members = [member(settings, seed=s) for s in range(3)]
    members.append(member(settings, seed=3, status="diverged"))
    facts = gather(members)
    each = [scores(t) for t in members[:3]]
    assert facts.test_error == pytest.approx(1 - np.median([s["test_accuracy"] for s in each]))
    gaps = [s["train_accuracy"] - s["test_accuracy"] for s in each]
    assert facts.gap == pytest.approx(np.median(gaps))
    assert facts.spread("test_accuracy").left_out == 1
    assert facts.metric == "accuracy" and facts.part == "test"


def test_errors_of_numbers_are_shares_of_the_variance() -> None:
    t = member(experiment(problem={"kind": "sine", "n": 200, "noise": 0.3}))
    facts = gather([t])
    variance = t.member.sample.y[t.member.rows.train].var()
    assert facts.test_error == pytest.approx(scores(t)["test_mse"] / variance)
    assert facts.floor_error == pytest.approx(0.09 / variance)


def test_the_excess_is_over_the_true_target_on_the_same_rows() -> None:
    problem = {"kind": "gaussians", "means": [[0, 0], [2, 0]], "n": 200}
    settings = experiment(problem=problem, model={"kind": "linear"})
    # The best boundary of this pair is x1 = 1: an output that grows through 1/2 there.
    best = {"layers.0.weight": np.array([[1.0, 0.0]]), "layers.0.bias": np.array([-0.5])}
    facts = gather([member(settings, parameters=best)])
    assert facts.excess == pytest.approx(0, abs=1e-12)
    assert facts.test_error > 0


def test_real_data_have_no_floor() -> None:
    settings = experiment(problem={"kind": "iris"}, training={"loss": "cross_entropy"})
    facts = gather([member(settings)])
    assert facts.ceiling is None and facts.floor_error is None and facts.target_scores is None
    assert math.isnan(facts.excess)


def test_baselines_are_spread_over_the_draws_of_the_data() -> None:
    members = [member(experiment(), seed=s) for s in range(3)]
    found = {b.name: b.spread for b in gather(members).baselines}
    expected = [baselines(t.member)[1].score for t in members]
    assert found["logistic regression"].median == np.median(np.array(expected, dtype=float))
    assert found["logistic regression"].n == 3


def test_the_last_tenth_of_the_epochs_gives_the_fall() -> None:
    settings = experiment(training={"epochs": 100})
    falling = member(settings, losses=np.linspace(2.0, 1.0, 101).tolist())
    # Epoch 90 of 100: 1.1, epoch 100: 1.0.
    assert last_fall(falling) == pytest.approx(1 - 1.0 / 1.1)


def test_of_a_few_epochs_the_last_one_gives_the_fall() -> None:
    short = member(experiment(training={"epochs": 3}), losses=[2.0, 1.0, 0.8, 0.6])
    assert last_fall(short) == pytest.approx(1 - 0.6 / 0.8)


def test_a_stopped_member_is_judged_by_its_own_epochs() -> None:
    # Stopped after epoch 40 of 100: the last tenth of its own begins at epoch 36.
    t = member(experiment(training={"epochs": 100}), losses=np.linspace(3.0, 1.0, 41).tolist())
    t.result.history["epoch"][:] = np.arange(41)
    t = replace(t, result=replace(t.result, status="stopped", epochs=40))
    assert last_fall(t) == pytest.approx(1 - 1.0 / 1.2)
    assert gather([t]).stopped


def test_a_lone_dead_member_has_facts() -> None:
    settings = experiment(model={"kind": "mlp", "hidden": [2], "output": "relu"})
    first = member(settings).result.parameters
    facts = gather(
        [member(settings, parameters={k: np.full(v.shape, -1.0) for k, v in first.items()})]
    )
    assert facts.alive == (False,) and facts.rare is None and facts.simpler is None
    assert math.isnan(facts.test_error) and not facts.stopped
