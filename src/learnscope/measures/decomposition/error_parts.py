"""Measured errors: noise, approximation, estimation and optimisation, and their sum (S0.7)."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment
from learnscope.measures.decomposition.estimate import (
    Estimate,
    exact,
    over_both,
    over_draws,
    over_points,
)
from learnscope.measures.decomposition.parts import ErrorParts
from learnscope.measures.decomposition.risk import (
    BEYOND,
    excess_risk,
    large_sample,
    noisy_error,
)
from learnscope.measures.decomposition.trainings import Trainings, fitted_sample, train_all
from learnscope.measures.scores import judged_part, scores
from learnscope.trained import Trained
from learnscope.training.result import OnProgress

DRAWS, RESTARTS, LONGER = 20, 4, 5
LARGE, POINTS = 2000, 4000
INTEGRATED = 0.001
"""Error of a floor that is integrated, see `problems.truths.bayes`."""
_FRESH, _LABELLED = 1, 4
"""Seeds of the inputs that risks are averaged over, and of those with labels of their own."""


def error_parts(
    experiment: Experiment,
    *,
    draws: int = DRAWS,
    restarts: int = RESTARTS,
    longer: int = LONGER,
    large: int = LARGE,
    points: int = POINTS,
    on_progress: OnProgress | None = None,
) -> ErrorParts:
    """Train an experiment on many draws of its data and take its error apart.

    The best fit of the rows of a draw is that of `restarts` trainings from other first weights,
    `longer` times as long with a rate that falls to 0 and no early stopping, and of the training
    itself. The best network of the family is the best of as many such trainings, without decay
    and dropout, on a large sample without noise. A fixed seed of the problem is set aside. Of a
    data set, whose target is not known, draws are random splits, and what can be told is the
    error on held-out rows, the gap to the training rows and the part of the optimiser.

    Args:
        experiment: settings; its own seeds are set aside.
        draws: of the data, at least 3.
        restarts: at least 1.
        longer: how many times the epochs of the experiment.
        large: noise-free rows for the best network, at least.
        points: fresh inputs to average over, at least.
        on_progress: called some times a second while all of it is trained.

    Raises:
        InputError: a number is too small, or the model learns its own inputs.
        DataError: a member diverged.
    """
    _check(experiment, draws, restarts, longer)
    found = train_all(
        experiment,
        draws=draws,
        restarts=restarts,
        longer=longer,
        rows=large,
        on_progress=on_progress,
    )
    size = _Size(draws, restarts, longer)
    if found.best is None:
        return _of_a_data_set(found, size)
    return _of_a_known_target(experiment, found, found.best, size, points)


class _Size:
    """How much was trained."""

    def __init__(self, draws: int, restarts: int, longer: int) -> None:
        self.words = {"draws": draws, "restarts": restarts, "longer": longer}


def _check(experiment: Experiment, draws: int, restarts: int, longer: int) -> None:
    if draws < 3 or restarts < 1 or longer < 1:
        raise InputError(
            "error_parts needs draws >= 3, restarts >= 1 and longer >= 1, got "
            f"{draws}, {restarts} and {longer}."
        )
    if experiment.model.learns != "target":
        raise InputError(
            f"error_parts needs a model that learns a target, and {experiment.model.kind_name()!r} "
            "learns its own inputs."
        )


def _of_a_known_target(
    experiment: Experiment, found: Trainings, best: Trained, size: _Size, points: int
) -> ErrorParts:
    inputs, labelled = (large_sample(experiment, points, s) for s in (_FRESH, _LABELLED))
    assert inputs.truth is not None
    noise = exact(
        float(inputs.truth.floor()),
        inputs.truth.how,
        0.0 if inputs.truth.how.startswith("closed form") else INTEGRATED,
    )
    own, fitted = (
        np.stack([excess_risk(t, inputs) for t in row]) for row in (found.own, found.fitted)
    )
    nearest = excess_risk(best, inputs)
    drawn = np.stack([noisy_error(t, labelled) for t in found.own])
    metric, train = _train_errors(found)
    _check_answers(own, fitted, nearest, drawn, train)
    difference = _difference(noise, own, drawn)
    within = float(excess_risk(best, fitted_sample(best)).mean())
    return ErrorParts(
        metric=metric,
        noise=noise,
        approximation=over_points(nearest, "best of the restarts on a large noise-free sample"),
        approximation_low=within if metric == "mse" else 0.0,
        estimation=over_both(fitted - nearest, "best fit of the training rows, less that network"),
        optimisation=over_both(own - fitted, "the training, less the best fit of its rows"),
        short=_short(found),
        total=over_both(drawn, "fresh examples with labels of their own"),
        train=over_draws(train, "training rows"),
        generalisation=over_draws(noise.value + own.mean(axis=1) - train, "fresh less training"),
        held_out=_held_out(found),
        difference=difference,
        agrees=abs(difference.value) <= 3 * difference.error + noise.error,
        rows=len(found.own[0].member.rows.train),
        large=len(fitted_sample(best)),
        **size.words,
    )


def _check_answers(*errors: Array) -> None:
    if not all((np.isfinite(e) & (np.abs(e) < BEYOND)).all() for e in errors):
        raise DataError(
            "error_parts needs answers that are finite, and some networks give others on fresh "
            "examples or on their own rows. Lower training.lr, or train for longer."
        )


def _difference(noise: Estimate, own: Array, drawn: Array) -> Estimate:
    """Return the error against drawn labels less noise and risk, whose networks are the same."""
    value = float(drawn.mean() - own.mean()) - noise.value
    # Only the inputs and labels differ: what a network is, cancels.
    error = math.sqrt(sum(float(m.mean(axis=0).var(ddof=1)) / m.shape[1] for m in (own, drawn)))
    return Estimate(
        value=value,
        error=error,
        low=value - 1.96 * error,
        high=value + 1.96 * error,
        how="total less the sum",
        repeats=len(own),
    )


def _of_a_data_set(found: Trainings, size: _Size) -> ErrorParts:
    metric, train = _train_errors(found)
    part = judged_part(found.own[0].member)
    if part == "train":
        raise InputError(
            "error_parts of a data set needs held-out rows, and there are none. Train with "
            "--training.split.test 0.3."
        )
    own, fitted = (
        np.array([_error(t, part, metric) for t in row]) for row in (found.own, found.fitted)
    )
    _check_answers(own, fitted, train)
    return ErrorParts(
        metric=metric,
        noise=None,
        approximation=None,
        approximation_low=math.nan,
        estimation=None,
        optimisation=over_draws(own - fitted, "the training, less the best fit of its rows"),
        short=_short(found),
        total=over_draws(own, "held-out rows of random splits, which overlap"),
        train=over_draws(train, "training rows"),
        generalisation=over_draws(own - train, "held-out less training"),
        held_out=None,
        difference=None,
        agrees=True,
        rows=len(found.own[0].member.rows.train),
        large=0,
        **size.words,
    )


def _train_errors(found: Trainings) -> tuple[Literal["accuracy", "mse"], Array]:
    is_class = found.own[0].member.head.task == "classification"
    metric: Literal["accuracy", "mse"] = "accuracy" if is_class else "mse"
    return metric, np.array([_error(t, "train", metric) for t in found.own])


def _error(trained: Trained, part: str, metric: str) -> float:
    value = scores(trained)[f"{part}_{metric}"]
    return 1.0 - value if metric == "accuracy" else value


def _short(found: Trainings) -> Estimate:
    pairs = zip(found.own, found.fitted, strict=True)
    losses = [scores(a)["train_loss"] - scores(b)["train_loss"] for a, b in pairs]
    return over_draws(np.array(losses), "loss on the training rows, less that of the best fit")


def _held_out(found: Trainings) -> Estimate | None:
    member = found.own[0].member
    if not len(member.rows.test):
        return None
    metric = "accuracy" if member.head.task == "classification" else "mse"
    return over_draws(np.array([_error(t, "test", metric) for t in found.own]), "test rows")
