"""Trivial baselines: what is had without any network, on the same rows and the raw inputs."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.scores import accuracy, judged_part, mean_squared_error
from learnscope.training.member import Member

LARGEST = 4_000_000
"""Numbers in the training inputs up to which logistic regression and neighbours are fitted; it
keeps a report below some seconds."""

NEIGHBOURS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """A trivial model.

    Attributes:
        name: plain words.
        means: what it does, in half a sentence.
        score: accuracy for classes, mean squared error for numbers, on the part that scores
            are reported for; None where it was not fitted.
        note: why it was not fitted, or what to know; "" for nothing.
    """

    name: str
    means: str
    score: float | None
    note: str = ""


def baselines(member: Member, *, neighbours: bool = False) -> tuple[Baseline, ...]:
    """Fit the baselines on the member's training rows and score them on its test rows.

    Classes: the commonest class; logistic regression (scikit-learn's, on standardised inputs).
    Numbers: the mean; least squares. With `neighbours` also the vote or mean of the 5 nearest
    training rows. Feature maps of the experiment are not applied.
    """
    if member.head.task == "classification":
        plans = [
            ("majority class", "always answers the commonest class", _majority),
            ("logistic regression", "straight boundaries on the raw inputs", _logistic),
        ]
    else:
        plans = [
            ("constant mean", "always answers the mean of the training targets", _mean),
            ("least squares", "a straight line or plane through the raw inputs", _least_squares),
        ]
    if neighbours:
        near = f"the {NEIGHBOURS} nearest training rows decide"
        plans.append((f"{NEIGHBOURS} nearest neighbours", near, _nearest))
    return tuple(_score(member, *plan) for plan in plans)


Fit = Callable[[Array, Array, bool], Any]


def _score(member: Member, name: str, means: str, fit: Fit) -> Baseline:
    sample, train = member.sample, member.rows.train
    x, y, is_class = sample.x[train], sample.y[train], member.head.task == "classification"
    obstacle = _obstacle(fit, x, y)
    if obstacle:
        return Baseline(name=name, means=means, score=None, note=obstacle)
    rows = getattr(member.rows, judged_part(member))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer = np.asarray(fit(x, y, is_class).predict(sample.x[rows]))
    note = "its solver stopped early" if any("onverge" in str(w.message) for w in caught) else ""
    if is_class:
        score = accuracy(answer, sample.y[rows])
    else:
        score = mean_squared_error(answer.reshape(len(rows), -1), sample.y[rows])
    return Baseline(name=name, means=means, score=score, note=note)


def _obstacle(fit: Fit, x: Array, y: Array) -> str:
    if fit is _logistic and len(np.unique(y)) < 2:
        return "not fitted: the training rows are of one class"
    if fit in (_logistic, _nearest) and x.size > LARGEST:
        return f"not fitted: more than {LARGEST:,} numbers in the training inputs"
    return ""


def _majority(x: Array, y: Array, is_class: bool) -> Any:
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="most_frequent").fit(x, y)


def _logistic(x: Array, y: Array, is_class: bool) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Standardised, so that its default penalty means the same in every unit.
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x, y)


def _mean(x: Array, y: Array, is_class: bool) -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor(strategy="mean").fit(x, y)


def _least_squares(x: Array, y: Array, is_class: bool) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit(x, y)


def _nearest(x: Array, y: Array, is_class: bool) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    kind = KNeighborsClassifier if is_class else KNeighborsRegressor
    return kind(n_neighbors=min(NEIGHBOURS, len(x))).fit(x, y)
