"""What a training will cost: the fused trainer's own estimate, or a small part of it timed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from learnscope.cli.size import check_sample, memory, too_large
from learnscope.experiment import Experiment
from learnscope.training.member import Member, prepare
from learnscope.training.routes import (
    Choice,
    Listener,
    Resume,
    Route,
    choose_route,
    train_members,
)

DRAWN = 3
"""Members whose data are drawn: they differ by little, and there may be a million."""

TRIAL_SECONDS = 0.2
"""A trial is long enough when it lasts this long: timer and start-up are then below 1 %."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a training will cost.

    Attributes:
        members: networks to train.
        parameters: trained numbers of one network.
        rows: training rows of one member.
        updates: weight updates of all members, without early stopping.
        seconds: estimated time on this machine, without compiling and without early stopping.
        route: trainer that will be used.
        reason: why that one.
        too_large: why 'run' refuses it; "" where it does not.
    """

    members: int
    parameters: int
    rows: int
    updates: int
    seconds: float
    route: str
    reason: str
    too_large: str


def estimate_cost(experiment: Experiment, route: Route = "auto") -> Cost:
    """Estimate what training an experiment costs, from the data of its first members.

    Raises:
        InputError: settings do not fit the data.
        DataError: the data cannot be learned from.
    """
    check_sample(experiment.problem)
    members = [prepare(experiment, seed) for seed in experiment.root_seeds()[:DRAWN]]
    choice = choose_route(members, route)
    training, first = experiment.training, members[0]
    rows = len(first.rows.train)
    per_epoch = math.ceil(rows / (training.batch_size or rows))
    epochs = training.epochs * experiment.seeds
    return Cost(
        members=experiment.seeds,
        parameters=first.network.n_parameters(),
        rows=rows,
        updates=per_epoch * epochs,
        seconds=_seconds(members, choice),
        route=choice.route,
        reason=choice.reason,
        too_large=too_large(first, memory()),
    )


def _seconds(members: Sequence[Member], choice: Choice) -> float:
    seeds = members[0].experiment.seeds
    if choice.route == "fused":
        from learnscope.fused import cores, estimate_seconds

        each = estimate_seconds(members) / len(members)
        return each * seeds / min(cores(), seeds)
    epochs = members[0].experiment.training.epochs * seeds
    return _seconds_per_epoch(members[0], choice) * epochs


def _seconds_per_epoch(member: Member, choice: Choice) -> float:
    """Train for ever more epochs until that takes long enough to be measured."""
    epochs = member.experiment.training.epochs
    if not epochs:
        return 0.0
    _trial(member, choice, 1)  # loads and warms up
    n = 1
    while True:
        seconds = _trial(member, choice, n)
        if seconds >= TRIAL_SECONDS or n >= epochs:
            return seconds / n
        n = min(epochs, n * max(2, min(10, int(TRIAL_SECONDS / max(seconds, 1e-4)))))


def _trial(member: Member, choice: Choice, epochs: int) -> float:
    training = member.experiment.training
    # Evaluations must come as often as in the whole training.
    short = member.experiment.override(
        {
            "training.epochs": epochs,
            "training.eval_every": training.eval_step,
            "training.stopping": "none",
        }
    )
    silent = Listener(
        on_progress=lambda progress: None, on_result=lambda r: None, should_stop=lambda: False
    )
    fresh = Resume(load=lambda m: None, save=lambda m, state: None)
    start = time.perf_counter()
    train_members([replace(member, experiment=short)], choice, silent, fresh)
    return time.perf_counter() - start
