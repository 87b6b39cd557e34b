"""Successive halving: a little training for all points, more and more for the better of them.

Source: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
optimization", AISTATS 2016. There, too, one in `eta` goes on with `eta` times as much, so that
every round costs about the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from learnscope.atlas.pairs import more_is_better
from learnscope.errors import InputError
from learnscope.sweeps.points import Point
from learnscope.sweeps.rounds import (
    Round,
    Rounds,
    Train,
    all_at_once,
    at_points,
    key_of,
    scores,
    together,
)
from learnscope.sweeps.states import States, obstacle
from learnscope.sweeps.sweep import EPOCHS, Sweep, experiment_at
from learnscope.sweeps.work import Swept

ETA = 2
"""One in how many points goes on, where nothing else is said."""
LEAST_SEEDS = 2
"""Seeds of a point in the first round over seeds."""
LEAST_EPOCHS = 8
"""Epochs of a point in the first round over epochs, at least."""
MOST_TIMES = 32
"""Times the epochs of the first round that the last one has, at most. It is also about the number
of rows in the history of a member at full length: all rounds must look at the same epochs."""


def halved_over_seeds(wanted: Sweep, train: Train) -> Swept:
    """Train all points with few seeds, then the better of them with more, and so on.

    The last round has the seeds that were asked for. Points are compared by the mean over the
    seeds that they have, which are the same ones.

    Args:
        wanted: the sweep, with `halving`.
        train: trains a round.

    Raises:
        InputError: there are too few seeds to begin with fewer.
    """
    counts, points = seed_counts(wanted), wanted.points()
    rounds = Rounds(train)
    for i, seeds in enumerate(counts):
        title = f"round {i + 1} of {len(counts)}, {seeds} seeds"
        last = rounds.add(title, at_points(wanted, points, seeds=seeds))
        if i + 1 < len(counts):
            points = _better(last, wanted, least=2)
    return together(rounds.every)


def halved_over_epochs(wanted: Sweep, train: Train, folder: str) -> Swept:
    """Train all points for few epochs, then the better of them for more, and so on.

    The last round has the epochs that were asked for. A member goes on from where it stood, so
    that it has the bits of one that was trained straight through. The members of every round are
    points of their own in the atlas, with the epochs that they had.

    Args:
        wanted: the sweep, as `looked_at_alike` gives it.
        train: trains a round.
        folder: where the states between two rounds are kept; gone when all is done.

    Raises:
        InputError: there are too few epochs to begin with fewer.
    """
    counts, points = epoch_counts(wanted), wanted.points()
    every, whole = len(points), wanted.experiment.training.epochs
    rounds = Rounds(train)
    for i, epochs in enumerate(counts):
        states = States(folder=folder, epochs=whole, keep=epochs != whole)
        if i:
            states.keep_only(points)
        title = f"round {i + 1} of {len(counts)}, {epochs:,} epochs"
        part = at_points(wanted, [{**point, EPOCHS: epochs} for point in points])
        last = rounds.add(title, part, states)
        if epochs != whole:
            points = _better(last, wanted, least=1)
    states.end()
    return together(rounds.every, every * wanted.experiment.seeds * whole)


def seed_counts(wanted: Sweep) -> list[int]:
    """Return the seeds of each round.

    Raises:
        InputError: there are too few to begin with fewer.
    """
    seeds, eta = wanted.experiment.seeds, wanted.eta or ETA
    if seeds < eta * LEAST_SEEDS:
        raise InputError(
            f"Halving over seeds begins with {LEAST_SEEDS} seeds of each point and needs "
            f"{eta * LEAST_SEEDS} or more in the end, got {seeds}. Use --seeds 16."
        )
    rounds = _times(seeds // LEAST_SEEDS, eta)
    return [max(LEAST_SEEDS, seeds // eta**k) for k in range(rounds, -1, -1)]


def epoch_counts(wanted: Sweep) -> list[int]:
    """Return the epochs of each round: those asked for, and before them a part, and a part of it.

    There are as many rounds as leave one point in the last, but none with fewer than
    `LEAST_EPOCHS` or within the warm-up of a schedule. All but the last end with an epoch that
    the longer ones look at too.

    Raises:
        InputError: there are too few to begin with fewer.
    """
    training, eta = wanted.experiment.training, wanted.eta or ETA
    points, plain = wanted.points(), all_at_once(wanted)
    warmup = max(plain.at(p).training.schedule.warmup for p in _kinds(points))
    least, step = max(LEAST_EPOCHS, warmup + 1), training.eval_step
    if training.epochs < eta * least:
        raise InputError(
            f"Halving over epochs begins with {least} epochs of each point at least and needs "
            f"{eta * least} or more in the end, got {training.epochs}. Use --training.epochs "
            f"{max(1000, eta * least)}, or --halving seeds."
        )
    rounds = min(_times(MOST_TIMES, eta), math.ceil(math.log(len(points), eta) - 1e-9))
    parts = [training.epochs // eta**k // step * step for k in range(rounds, 0, -1)]
    return [*(epochs for epochs in parts if epochs >= least), training.epochs]


def looked_at_alike(wanted: Sweep) -> Sweep:
    """Return a sweep whose rounds look at the same epochs, so that each can go on from the last.

    That is so by itself where `training.eval_every` is given, or with early stopping.
    """
    training = wanted.experiment.training
    alike = training.eval_every is not None or training.stopping is not None
    if alike or "training.eval_every" in wanted.paths:
        return wanted
    eta = wanted.eta or ETA
    every = max(1, training.epochs // eta ** _times(MOST_TIMES, eta))
    experiment = wanted.experiment.override({"training.eval_every": every})
    return wanted.model_copy(update={"experiment": experiment})


def from_the_start(wanted: Sweep, route: str) -> str | None:
    """Return why members of a sweep over epochs cannot go on from where they stood, or None."""
    if route == "stack":
        return "they train in stacks, which keep no state"
    shortest, whole = epoch_counts(wanted)[0], wanted.experiment.training.epochs
    for point in _kinds(wanted.points()):
        short, long = (
            experiment_at(wanted.experiment, {**point, EPOCHS: epochs}).training
            for epochs in (shortest, whole)
        )
        if text := obstacle(short, long):
            return text
    return None


def _kinds(points: Sequence[Point]) -> list[Point]:
    """Return one point for each setting of the training."""
    found: dict[str, Point] = {}
    for point in points:
        own = {path: value for path, value in point.items() if path.startswith("training.")}
        found.setdefault(key_of(own), point)
    return list(found.values())


def _times(most: int, eta: int) -> int:
    """Return how often a number can be divided by eta before it is less than 1."""
    n = 0
    while eta ** (n + 1) <= most:
        n += 1
    return n


def _better(last: Round, wanted: Sweep, least: int) -> list[Point]:
    """Return the points that go on: one in eta, the better ones."""
    done, measure = last.done, wanted.measure
    known = scores(last, measure, least)
    own = [n for n in done.points if n in known]
    if not own:
        raise InputError("All members diverged: there is no better half. Change the settings.")
    sign = -1.0 if more_is_better(measure or done.atlas.score) else 1.0
    own.sort(key=lambda n: (sign * known[n][0], n))
    return [done.atlas.points[n] for n in sorted(own[: kept_of(len(own), wanted.eta or ETA)])]


def kept_of(points: int, eta: int) -> int:
    """Return how many of so many points go on."""
    return math.ceil(points / eta)


def sizes(points: int, rounds: int, eta: int) -> list[int]:
    """Return the points of each round, where none is lost by divergence."""
    found = [points]
    for _ in range(rounds - 1):
        found.append(kept_of(found[-1], eta))
    return found
