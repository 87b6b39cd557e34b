"""Expected error at fresh inputs, with the known target in place of drawn labels.

Drawing labels at the inputs would add their noise to every estimate; the target knows its mean.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.measures.fresh import fresh_sample
from learnscope.problems.base import Problem, Sample
from learnscope.trained import Trained

BEYOND = 1e100
"""Squared error from which an answer counts as none: sums of their squares would overflow."""


def excess_risk(trained: Trained, sample: Sample) -> Array:
    """Return (m,) expected error at each input of a sample, above that of the best answer.

    For numbers the squared distance to the target, a mean over outputs; for classes how much
    likelier the best class is than the one that was answered. NaN for a member that diverged, and
    for answers beyond 1e50.

    Raises:
        InputError: the target is not known.
    """
    target = _target(sample)
    if trained.diverged:
        return np.full(len(sample), np.nan)
    if sample.task == "classification":
        labels = trained.labels(sample.x)
        rows = np.arange(len(sample))
        return np.asarray(target.max(axis=1) - target[rows, labels])
    return _squares(trained, sample, target)


def noisy_error(trained: Trained, sample: Sample) -> Array:
    """Return (m,) the error against the labels or numbers that were drawn: 0 or 1, or squared."""
    if trained.diverged:
        return np.full(len(sample), np.nan)
    if sample.task == "classification":
        return np.asarray(trained.labels(sample.x) != sample.y, dtype=np.float64)
    return _squares(trained, sample, sample.y)


def _squares(trained: Trained, sample: Sample, y: Array) -> Array:
    # Far from its training rows a recurrent network may answer with numbers that overflow.
    with np.errstate(over="ignore", invalid="ignore"):
        output = np.asarray(trained.output(sample.x), dtype=np.float64)
        squares = np.square(output - y).mean(axis=1)
    return np.where(squares < BEYOND, squares, np.nan)


def without_noise(sample: Sample) -> Sample:
    """Return a sample with its best answers as targets: the target itself, or the likeliest class.

    Raises:
        InputError: the target is not known.
    """
    from dataclasses import replace

    target = _target(sample)
    y = target.argmax(axis=1) if sample.task == "classification" else target
    return replace(sample, y=y)


def large_sample(experiment: Experiment, rows: int, seed: int) -> Sample:
    """Return about `rows` fresh examples of the problem, or as many as it has."""
    return fresh_sample(enlarged(experiment.problem, rows), seed)


def enlarged(problem: Problem, rows: int) -> Problem:
    """Return the problem with at least about so many examples, where it can be asked for them."""
    n: Any = getattr(problem, "n", None)
    if n is None:
        return problem
    now = len(fresh_sample(problem))
    if now >= rows:
        return problem
    times = -(-rows // now)
    more = n * times if isinstance(n, int) else tuple(m * times for m in n)
    return problem.model_copy(update={"n": more})


def _target(sample: Sample) -> Array:
    if sample.truth is None:
        raise InputError(
            "measured errors need a problem whose target is known, and this one is a data set. "
            "'learnscope verdict' judges by held-out rows."
        )
    return np.asarray(sample.truth.target(sample.x), dtype=np.float64)
