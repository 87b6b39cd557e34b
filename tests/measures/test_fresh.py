import numpy as np
import pytest

from learnscope.errors import DataError, InputError
from learnscope.measures.fresh import evaluate, fresh_sample
from learnscope.measures.scores import scores
from learnscope.problems.spirals import Spirals
from tests.measures.by_hand import experiment, member


def test_the_own_rows_give_the_own_scores() -> None:
    t = member(experiment(training={"split": {"test": 0}}))
    found, own = evaluate(t, t.member.sample), scores(t)
    assert found["fresh_accuracy"] == own["train_accuracy"]
    # Features in double precision here, in single there.
    assert found["fresh_loss"] == pytest.approx(own["train_loss"], rel=1e-5)


def test_class_weights_count_in_the_loss_as_in_training() -> None:
    training = {"split": {"test": 0}, "loss": "cross_entropy", "class_weights": [1.0, 5.0]}
    t = member(experiment(training=training))
    found = evaluate(t, t.member.sample)
    assert found["fresh_loss"] == pytest.approx(scores(t)["train_loss"], rel=1e-5)


def test_fresh_examples_differ_from_those_of_every_early_seed() -> None:
    fixed = Spirals(seed=7)
    fresh = fresh_sample(fixed, 0)
    assert np.array_equal(fresh.x, fresh_sample(fixed, 0).x)
    assert not np.array_equal(fresh.x, fresh_sample(fixed, 1).x)
    for seed in range(5):
        own = member(experiment(problem=fixed), seed=seed).member.sample
        drawn = member(experiment(), seed=seed).member.sample
        assert not np.isin(fresh.x, own.x).any()
        assert not np.isin(fresh.x, drawn.x).any()


def test_another_problem_with_the_same_inputs_is_taken() -> None:
    t = member(experiment())
    longer = fresh_sample(Spirals(n=400, revolutions=2))
    found = evaluate(t, longer)
    assert found["fresh_accuracy"] == np.mean(t.labels(longer.x) == longer.y)


def test_a_sample_that_does_not_fit_is_refused() -> None:
    t = member(experiment())
    with pytest.raises(InputError, match="the number of outputs the member was trained on, 2, got"):
        evaluate(t, fresh_sample(Spirals(arms=3)))
    sine = member(experiment(problem={"kind": "sine"}))
    with pytest.raises(InputError, match="the task the member was trained on, classification"):
        evaluate(t, sine.member.sample)


def test_a_diverged_member_is_refused_with_its_cause() -> None:
    t = member(experiment(), status="diverged", cause="The loss became infinite.")
    with pytest.raises(DataError, match=r"seed 0 diverged .* The loss became infinite\."):
        evaluate(t, t.member.sample)
