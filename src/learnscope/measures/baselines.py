"""Trivial baselines: what is had without any network, on the same rows and the raw inputs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.components import principal_components
from learnscope.measures.logistic import fit_logistic
from learnscope.measures.scores import accuracy, judged_part, mean_squared_error
from learnscope.training.member import Member, rows_of

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

    Classes: the commonest class; logistic regression on standardised inputs. Numbers: the mean;
    least squares. With `neighbours` also the vote or mean of the 5 nearest training rows.
    Feature maps of the experiment are not applied.

    A model that learns its own inputs stands beside their mean and beside as many principal
    components as its code has numbers, of the inputs as it sees them.
    """
    is_class = member.head.task == "classification"
    if member.experiment.model.learns == "inputs":
        return _of_inputs(member)
    if is_class:
        plans: list[tuple[str, str, Fit]] = [
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
        fit = _near_labels if is_class else _near_numbers
        plans.append((f"{NEIGHBOURS} nearest neighbours", near, fit))
    return tuple(_score(member, *plan) for plan in plans)


def _of_inputs(member: Member) -> tuple[Baseline, ...]:
    y, rows = member.sample.y, getattr(member.rows, judged_part(member))
    train = y[member.rows.train]
    mean = np.broadcast_to(train.mean(axis=0), y[rows].shape)
    found = [
        Baseline(
            name="constant mean",
            means="always answers the mean of the training inputs",
            score=mean_squared_error(mean, y[rows]),
        )
    ]
    c = member.network.units[member.network.code] if member.network.code is not None else 0
    if c:
        components = principal_components(train, c)
        name = "1 principal component" if c == 1 else f"{c} principal components"
        error = mean_squared_error(components.reconstruct(y[rows]), y[rows])
        means = "the best linear code of the same width"
        found.append(Baseline(name=name, means=means, score=error))
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fitted:
    """A fitted model: the answers (m,) or (m, k) to inputs (m, d), and a note."""

    predict: Callable[[Array], Array]
    note: str = ""


Fit = Callable[[Array, Array], _Fitted]


def _score(member: Member, name: str, means: str, fit: Fit) -> Baseline:
    sample, train = member.sample, member.rows.train
    x, y = rows_of(sample.x, train), sample.y[train]
    obstacle = _obstacle(fit, x, y)
    if obstacle:
        return Baseline(name=name, means=means, score=None, note=obstacle)
    rows = getattr(member.rows, judged_part(member))
    fitted = fit(x, y)
    answer = fitted.predict(sample.x[rows])
    measure = accuracy if member.head.task == "classification" else mean_squared_error
    score = measure(answer, sample.y[rows])
    return Baseline(name=name, means=means, score=score, note=fitted.note)


def _obstacle(fit: Fit, x: Array, y: Array) -> str:
    if fit is _logistic and len(np.unique(y)) < 2:
        return "not fitted: the training rows are of one class"
    if fit in (_logistic, _near_labels, _near_numbers) and x.size > LARGEST:
        return f"not fitted: more than {LARGEST:,} numbers in the training inputs"
    return ""


def _majority(x: Array, y: Array) -> _Fitted:
    # Of classes that are equally common, the first.
    common = np.bincount(y).argmax()
    return _Fitted(predict=lambda new: np.full(len(new), common))


def _logistic(x: Array, y: Array) -> _Fitted:
    # Standardised, so that its penalty means the same in every unit.
    found = fit_logistic(x, y)
    return _Fitted(
        predict=found.predict, note="" if found.converged else "its solver stopped early"
    )


def _mean(x: Array, y: Array) -> _Fitted:
    middle = y.mean(axis=0)
    return _Fitted(predict=lambda new: np.tile(middle, (len(new), 1)))


def _least_squares(x: Array, y: Array) -> _Fitted:
    centre, middle = x.mean(axis=0), y.mean(axis=0)
    # Of several solutions, the one with the smallest coefficients.
    slopes = np.linalg.lstsq(x - centre, y - middle)[0]
    return _Fitted(predict=lambda new: (new - centre) @ slopes + middle)


def _near_labels(x: Array, y: Array) -> _Fitted:
    from sklearn.neighbors import KNeighborsClassifier

    return _Fitted(predict=KNeighborsClassifier(min(NEIGHBOURS, len(x))).fit(x, y).predict)


def _near_numbers(x: Array, y: Array) -> _Fitted:
    from sklearn.neighbors import KNeighborsRegressor

    return _Fitted(predict=KNeighborsRegressor(min(NEIGHBOURS, len(x))).fit(x, y).predict)
