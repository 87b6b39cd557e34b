"""What to change at a point: proposals from measured amounts, with the most each can bring."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from learnscope.errors import LearnscopeError
from learnscope.experiment import Experiment
from learnscope.measures.atlas.result import PointVerdict, Trial
from learnscope.measures.atlas.text import amount
from learnscope.models import Linear, Mlp, Polynomial
from learnscope.problems.base import Problem
from learnscope.seeds import streams

MORE_ROWS = 4
LONGER = 3
LEAST_SHARE = 0.05
"""Share of the error that a proposal must be able to bring, to be worth its training."""


def proposals(point: PointVerdict, experiment: Experiment, metric: str) -> tuple[Trial, ...]:
    """Return what to try at a point, that with the most to gain first; nothing is trained.

    Nothing is proposed where nothing is left to gain: at the ceiling, or where noise is the rest.
    """
    if point.word in {"at the ceiling", "noise-limited"} or not math.isfinite(point.error):
        return ()
    least = LEAST_SHARE * point.error
    found = [
        trial
        for rule in (_bigger, _optimiser, _rows, _decay)
        for trial in rule(point, experiment, metric)
        if trial.expected > least and _valid(experiment, trial.overrides)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda trial: -trial.expected))


def _valid(experiment: Experiment, overrides: Mapping[str, str]) -> bool:
    try:
        experiment.override(overrides)
    except LearnscopeError:
        return False
    return True


def _optimiser(point: PointVerdict, experiment: Experiment, metric: str) -> Iterator[Trial]:
    if not experiment.training.epochs:
        return
    # Whether the optimiser or the family is short of the rows is known from below only.
    yield Trial(
        change=f"Train {LONGER} times as long, with a rate that falls to 0",
        because=f"The training error is {amount(point.optimisation, metric)} above the best fit of "
        f"the same rows that was seen, and {amount(max(point.deficit, 0.0), metric)} of that fit's "
        "own is not noise.",
        overrides={
            "training.epochs": str(LONGER * experiment.training.epochs),
            "training.schedule": "cosine",
        },
        expected=point.optimisation + max(point.deficit, 0.0),
    )


def _bigger(point: PointVerdict, experiment: Experiment, metric: str) -> Iterator[Trial]:
    model = experiment.model
    if isinstance(model, Polynomial):
        change, overrides = "Double the degree", {"model.degree": str(2 * model.degree)}
    elif isinstance(model, Mlp) and model.hidden:
        widths = ",".join(str(2 * h) for h in model.hidden)
        change, overrides = "Double the widths", {"model.hidden": widths}
    elif isinstance(model, Linear | Mlp):
        kind = {} if isinstance(model, Mlp) else {"model.kind": "mlp"}
        change = "Use a model with hidden layers"
        overrides = {**kind, "model.hidden": "8,8", "model.output": model.output}
    else:
        return
    yield Trial(
        change=change,
        because=f"The best fit of the training rows is {amount(point.deficit, metric)} above the "
        "floor.",
        overrides=overrides,
        # A wider network is easier to fit, too: it may make up for what the optimiser left.
        expected=max(point.deficit, 0.0) + point.optimisation,
    )


def _rows(point: PointVerdict, experiment: Experiment, metric: str) -> Iterator[Trial]:
    n: Any = getattr(experiment.problem, "n", None)
    if n is None or not _is_made(experiment.problem):
        return
    more = str(MORE_ROWS * n) if isinstance(n, int) else ",".join(str(MORE_ROWS * m) for m in n)
    yield Trial(
        change=f"Draw {MORE_ROWS} times as many examples",
        because=f"{_gap(point, metric)}, a gap that falls like one over the number of rows at "
        "best.",
        overrides={"problem.n": more},
        expected=point.gap * (1 - 1 / MORE_ROWS),
    )


def _decay(point: PointVerdict, experiment: Experiment, metric: str) -> Iterator[Trial]:
    now = experiment.training.weight_decay
    yield Trial(
        change="Let the weights decay" if not now else "Let the weights decay ten times faster",
        because=f"{_gap(point, metric)}; smaller weights give smoother answers.",
        overrides={"training.weight_decay": f"{10 * now if now else 1e-3:g}"},
        expected=point.gap,
    )


def _gap(point: PointVerdict, metric: str) -> str:
    return f"New rows are {amount(point.gap, metric)} worse than training rows"


def _is_made(problem: Problem) -> bool:
    return problem.sample(streams(0, problem_seed=problem.seed).draws).truth is not None
