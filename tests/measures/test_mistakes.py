import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.measures.mistakes import mistakes
from tests.measures.by_hand import experiment, member


def test_wrong_rows_come_with_their_own_numbers_surest_first() -> None:
    settings = experiment(
        problem={"kind": "gaussians", "n": 30}, model="linear",
        training={"loss": "bce_logits", "split": {"test": 0.5}},
    )  # fmt: skip
    weights = {"layers.0.weight": np.array([[0.3, -1.0]]), "layers.0.bias": np.zeros(1)}
    t = member(settings, parameters=weights)
    found, sample, test = mistakes(t), t.member.sample, t.member.rows.test
    # By hand: the logit is 0.3 x - y, the label its sign.
    logit = sample.x @ np.array([0.3, -1.0])
    wrong = [i for i in test if (logit[i] > 0) != sample.y[i]]
    assert 0 < len(wrong) < 30
    assert sorted(found.rows.tolist()) == sorted(wrong)
    sure = 1 / (1 + np.exp(-np.abs(logit[found.rows])))
    # Single precision of the weights.
    assert found.belief == pytest.approx(sure, abs=1e-5)
    assert (np.diff(found.belief) <= 0).all()
    assert found.belief_true == pytest.approx(1 - sure, abs=1e-5)
    assert f"{len(wrong)} of 30 test rows are wrong" in found.sentence()


def test_equally_sure_rows_come_in_their_order() -> None:
    settings = experiment(
        problem={"kind": "gaussians", "n": 40}, model="linear",
        training={"loss": "bce_logits"},
    )  # fmt: skip
    weights = {"layers.0.weight": np.zeros((1, 2)), "layers.0.bias": np.ones(1)}
    found = mistakes(member(settings, parameters=weights))
    assert (np.diff(found.rows) > 0).all()


def test_numbers_have_no_wrong_rows() -> None:
    t = member(experiment(problem="line", model="linear"))
    with pytest.raises(InputError, match="mistakes are of classes, and this run predicts numbers"):
        mistakes(t)
