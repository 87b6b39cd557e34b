"""The trainings behind measured errors: the experiment itself, and fits as good as can be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.errors import DataError
from learnscope.experiment import Experiment
from learnscope.measures.decomposition.risk import excess_risk, large_sample, without_noise
from learnscope.measures.refit import fit, given_member
from learnscope.measures.scores import scores
from learnscope.problems.base import Sample
from learnscope.seeds import streams
from learnscope.trained import Trained
from learnscope.training.member import Member
from learnscope.training.result import OnProgress
from learnscope.training.split import split_rows

_BEYOND = 1 << 42
"""Roots of the data lie beyond those of members, of fresh examples and of other measures."""
BEST_SEED = 3
"""Seed of the fresh examples that the best network of the family is fitted to."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Trainings:
    """Networks, all of them finite.

    Attributes:
        own: (d) the experiment as it is, on each draw of the data.
        fitted: (d) the least training loss that was had on the same rows, `own` included.
        best: the network of the family nearest to the target, None where that is not known.
    """

    own: tuple[Trained, ...]
    fitted: tuple[Trained, ...]
    best: Trained | None


def train_all(
    experiment: Experiment,
    *,
    draws: int,
    restarts: int,
    longer: int,
    rows: int,
    on_progress: OnProgress | None = None,
) -> Trainings:
    """Train an experiment and its best fits, all in one call.

    Raises:
        DataError: a member of the experiment diverged, or all fits of some rows did.
    """
    long = lengthened(experiment, longer)
    members: list[Member] = []
    for draw in range(draws):
        members += _on_one_draw(experiment, long, draw, restarts)
    known = _is_known(experiment)
    if known:
        members += _on_the_target(long, restarts, rows)
    found = fit(members, on_progress=on_progress)
    each = 1 + restarts
    own = found[: draws * each : each]
    if lost := sum(t.diverged for t in own):
        raise DataError(
            f"{lost} of {draws} members diverged: their error is none. Lower training.lr."
        )
    groups = [found[d * each : (d + 1) * each] for d in range(draws)]
    return Trainings(
        own=tuple(own),
        fitted=tuple(min(group, key=_train_loss) for group in groups),
        best=_nearest(found[draws * each :]) if known else None,
    )


def lengthened(experiment: Experiment, longer: int) -> Experiment:
    """Return the experiment with more epochs, a rate that falls to 0, and no early stopping."""
    return experiment.override(
        {
            "training.epochs": longer * max(1, experiment.training.epochs),
            "training.schedule": "cosine",
        }
    )


def _without_penalties(experiment: Experiment) -> Experiment:
    none = {"training.weight_decay": 0.0, "training.l1": 0.0, "training.dropout": 0.0}
    return experiment.override(none)


def _is_known(experiment: Experiment) -> bool:
    if experiment.model.learns != "target":
        return False
    problem = experiment.problem
    sample = problem.sample(streams(_BEYOND, problem_seed=problem.seed).draws)
    return sample.truth is not None


def _on_one_draw(
    experiment: Experiment, long: Experiment, draw: int, restarts: int
) -> list[Member]:
    problem, split = experiment.problem.model_copy(update={"seed": None}), experiment.training.split
    source = streams(_BEYOND + draw, split_seed=None)
    sample = problem.sample(source.draws)
    plan = split_rows(split, sample, source.split)
    validation = plan.validation if len(plan.validation) else None
    test = plan.test if len(plan.test) else None

    def member(settings: Experiment, seed: int) -> Member:
        return given_member(
            settings, seed, sample, train=plan.train, validation=validation, test=test
        )

    first = draw * (1 + restarts)
    # Without validation rows of its own there is nothing to stop by.
    whole = long.model_copy(
        update={"training": long.training.model_copy(update={"stopping": None})}
    )
    others = [member(whole, first + 1 + r) for r in range(restarts)]
    return [member(experiment, first), *others]


def _on_the_target(long: Experiment, restarts: int, rows: int) -> list[Member]:
    sample = without_noise(large_sample(long, rows, BEST_SEED))
    train = np.arange(len(sample))
    free = _without_penalties(long)
    return [given_member(free, _BEYOND // 2 + r, sample, train=train) for r in range(restarts)]


def _train_loss(trained: Trained) -> float:
    return np.inf if trained.diverged else scores(trained)["train_loss"]


def _nearest(found: Sequence[Trained]) -> Trained:
    """Return the network with the least error on the rows that it was fitted to."""
    alive = [t for t in found if not t.diverged]
    if not alive:
        raise DataError("All fits of the target itself diverged. Lower training.lr.")
    return min(alive, key=lambda t: float(excess_risk(t, fitted_sample(t)).mean()))


def fitted_sample(trained: Trained) -> Sample:
    """Return the rows that a network was fitted to."""
    return trained.member.sample
