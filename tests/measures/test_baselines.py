import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from learnscope.measures import baselines as room
from learnscope.measures.baselines import baselines
from tests.measures.by_hand import experiment, member


def test_class_baselines_are_those_of_scikit_learn() -> None:
    # A feature map must not reach the baselines.
    m = member(experiment(features=["polar"]), seed=1).member
    x, y, train, test = m.sample.x, m.sample.y, m.rows.train, m.rows.test
    found = {b.name: b.score for b in baselines(m, neighbours=True)}
    common = np.bincount(y[train]).argmax()
    assert found["majority class"] == np.mean(y[test] == common)
    mean, sd = x[train].mean(axis=0), x[train].std(axis=0)
    model = LogisticRegression(max_iter=1000).fit((x[train] - mean) / sd, y[train])
    assert found["logistic regression"] == model.score((x[test] - mean) / sd, y[test])
    near = KNeighborsClassifier(5).fit(x[train], y[train])
    assert found["5 nearest neighbours"] == near.score(x[test], y[test])


def test_number_baselines_are_those_of_numpy() -> None:
    m = member(experiment(problem={"kind": "sine", "n": 80})).member
    x, y, train, test = m.sample.x, m.sample.y, m.rows.train, m.rows.test
    found = {b.name: b.score for b in baselines(m)}
    assert found["constant mean"] == pytest.approx(np.mean((y[test] - y[train].mean()) ** 2))
    line = np.polyfit(x[train][:, 0], y[train][:, 0], 1)
    expected = np.mean((np.polyval(line, x[test][:, 0]) - y[test][:, 0]) ** 2)
    assert found["least squares"] == pytest.approx(expected)


def test_one_class_is_said_instead_of_fitted() -> None:
    m = member(experiment(training={"epochs": 0, "split": {"test": 0}})).member
    m.sample.y[:] = 1
    majority, logistic = baselines(m)
    assert majority.score == 1.0
    assert logistic.score is None
    assert logistic.note == "not fitted: the training rows are of one class"


def test_large_inputs_are_said_instead_of_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LARGEST", 100)
    found = baselines(member(experiment()).member)
    assert found[1].note == "not fitted: more than 100 numbers in the training inputs"
