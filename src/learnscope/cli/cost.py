"""What a training will cost on either route, in time and in memory."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from learnscope.cli.size import check_sample, memory, too_large, total_bytes
from learnscope.costs import measured_rates
from learnscope.costs.estimate import is_counted
from learnscope.experiment import Experiment
from learnscope.fused.cost import cores
from learnscope.models.network import Trace
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
        threads: members trained at a time.
        parameters: trained numbers of one network.
        rows: training rows of one member.
        updates: weight updates of all members, without early stopping.
        seconds: estimated time on this machine, without compiling and without early stopping.
        seconds_fused: the same on the compiled route, None where it cannot train them.
        seconds_torch: the same on the PyTorch route.
        measured: whether this machine was measured for the estimate; else rates are assumed.
        memory: bytes of data and results of all members, and of those at work.
        route: trainer that will be used.
        reason: why that one.
        too_large: why 'run' refuses it; "" where it does not.
        trace: of the network for one batch: step, shape of its result, its parameters.
    """

    members: int
    threads: int
    parameters: int
    rows: int
    updates: int
    seconds: float
    seconds_fused: float | None
    seconds_torch: float | None
    measured: bool
    memory: int
    route: str
    reason: str
    too_large: str
    trace: Trace


def estimate_cost(experiment: Experiment, route: Route = "auto") -> Cost:
    """Estimate what training an experiment costs, from the data of its first members.

    PyTorch is measured where it was not yet; the compiled trainer is not, as it may have to be
    built first. What is not counted is tried for some epochs.

    Raises:
        InputError: settings do not fit the data.
        DataError: the data cannot be learned from.
    """
    check_sample(experiment.problem)
    members = [prepare(experiment, seed) for seed in experiment.root_seeds()[:DRAWN]]
    first = members[0]
    if is_counted(first):
        measured_rates("torch")
    choice = choose_route(members, route, experiment.seeds)
    training, rows = experiment.training, len(first.rows.train)
    per_epoch = math.ceil(rows / (training.batch_size or rows))
    own = choice.estimates.get(choice.route)
    seconds = {name: value.seconds for name, value in choice.estimates.items()}
    if own is None:
        seconds[choice.route] = _tried(members, choice)
    threads = min(cores(), experiment.seeds) if choice.route == "fused" else 1
    return Cost(
        members=experiment.seeds,
        threads=threads,
        parameters=first.network.n_parameters(),
        rows=rows,
        updates=per_epoch * training.epochs * experiment.seeds,
        seconds=seconds[choice.route],
        seconds_fused=seconds.get("fused"),
        seconds_torch=seconds.get("torch"),
        measured=own is None or own.measured,
        memory=total_bytes(first, threads),
        route=choice.route,
        reason=choice.reason,
        too_large=too_large(first, memory()),
        trace=first.network.trace(min(training.batch_size or rows, rows)),
    )


def _tried(members: Sequence[Member], choice: Choice) -> float:
    """Train for ever more epochs until that takes long enough to be measured."""
    experiment = members[0].experiment
    epochs = experiment.training.epochs
    if not epochs:
        return 0.0
    _trial(members[0], choice, 1)  # loads and warms up
    n = 1
    while True:
        seconds = _trial(members[0], choice, n)
        if seconds >= TRIAL_SECONDS or n >= epochs:
            return seconds / n * epochs * experiment.seeds
        n = min(epochs, n * max(2, min(10, int(TRIAL_SECONDS / max(seconds, 1e-4)))))


def _trial(member: Member, choice: Choice, epochs: int) -> float:
    training = member.experiment.training
    # Evaluations must come as often as in the whole training.
    short = member.experiment.override(
        {
            "training.epochs": epochs,
            "training.eval_every": training.eval_step,
            "training.stopping": "none",
            "training.snapshots": "none",
        }
    )
    silent = Listener(
        on_progress=lambda progress: None, on_result=lambda r: None, should_stop=lambda: False
    )
    fresh = Resume(load=lambda m: None, save=lambda m, state: None)
    start = time.perf_counter()
    train_members([replace(member, experiment=short)], choice, silent, fresh)
    return time.perf_counter() - start
