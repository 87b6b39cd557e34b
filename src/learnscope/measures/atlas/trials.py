"""Proposals put to the test: trained beside the starting point, on fresh seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.experiment import Experiment
from learnscope.measures.atlas.limits import LEVEL
from learnscope.measures.atlas.result import Trial
from learnscope.measures.comparison.over_seeds import compare_seeds
from learnscope.measures.decomposition.risk import excess_risk, large_sample
from learnscope.measures.health import is_dead
from learnscope.measures.refit import fit
from learnscope.measures.scores import judged_part, scores
from learnscope.problems.base import Sample
from learnscope.trained import Trained
from learnscope.training.members import Members
from learnscope.training.result import OnProgress, ShouldStop
from learnscope.training.routes import choose_route

if TYPE_CHECKING:
    from learnscope.measures.kept import Kept

SEEDS = 10
SECONDS = 60.0
JUDGED = 2000
"""Fresh examples that all are judged on, where examples can be made."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What came of some trials.

    Attributes:
        trials: those that were trained, what brought most first, then those that were left out.
        before: (s,) error of the starting point on fresh seeds, NaN where a member was lost.
    """

    trials: tuple[Trial, ...]
    before: Array


def try_out(
    experiment: Experiment,
    trials: Sequence[Trial],
    *,
    first_seed: int,
    seeds: int = SEEDS,
    seconds: float = SECONDS,
    on_progress: OnProgress | None = None,
    kept: Kept | None = None,
    should_stop: ShouldStop | None = None,
) -> Tried:
    """Train an experiment and its proposals on seeds that chose nothing, and judge them in pairs.

    Made problems are judged by their target on one large fresh sample, the same for all; data sets
    on the members' own judged rows. Trials are left out, from the last one on, where they would
    take the training beyond `seconds`, as the costs of this machine have it. The intervals of all
    trials hold together at 95 % (C. Bonferroni): each alone is wider.

    Args:
        experiment: the starting point; its own seeds are set aside.
        trials: proposals.
        first_seed: the first fresh seed.
        seeds: how many, at least 2.
        seconds: budget of all trainings together, by estimate.
        on_progress: called some times a second, anew for each trial.
        kept: where trainings are kept as they finish, see `fit`.
        should_stop: asked often; true ends the training.

    Raises:
        Interrupted: `should_stop` said so.
    """
    base = _members(experiment, first_seed, seeds)
    chosen: list[tuple[Trial, Members]] = []
    rest: list[Trial] = []
    spent = _seconds(base)
    for trial in trials:
        members = _members(experiment.override(trial.overrides), first_seed, seeds)
        cost = _seconds(members)
        if spent + cost > seconds:
            rest.append(replace(trial, left_out=_too_long(cost, seconds - spent)))
            continue
        spent += cost
        chosen.append((trial, members))
    sample = _judge(experiment)

    def errors(members: Members) -> Array:
        found = fit(members, on_progress=on_progress, kept=kept, should_stop=should_stop)
        return _errors(found, sample)

    before = errors(base)
    level = 1 - (1 - LEVEL) / max(1, len(chosen))
    done = [_judged(trial, before, errors(members), level) for trial, members in chosen]
    done.sort(key=lambda t: -math.inf if t.gain is None else t.gain.value, reverse=True)
    return Tried(trials=(*done, *rest), before=before)


def _too_long(cost: float, left: float) -> str:
    return f"it would take about {cost:.0f} s, and {max(left, 0):.0f} s of the budget are left"


def _members(experiment: Experiment, first: int, seeds: int) -> Members:
    own = experiment.model_copy(update={"seed": first, "seeds": seeds})
    return Members((own, seed) for seed in own.root_seeds())


def _seconds(members: Members) -> float:
    choice = choose_route(members)
    found = choice.estimates.get(choice.route)
    return 0.0 if found is None else found.seconds


def _judge(experiment: Experiment) -> Sample | None:
    """Return the fresh examples to judge on, None where the target is not known."""
    if experiment.model.learns != "target":
        return None
    sample = large_sample(experiment, JUDGED, seed=2)
    return None if sample.truth is None else sample


def _errors(members: Sequence[Trained], sample: Sample | None) -> Array:
    return np.array([_error(t, sample) for t in members])


def _error(trained: Trained, sample: Sample | None) -> float:
    if trained.diverged or is_dead(trained):
        return math.nan
    if sample is not None:
        assert sample.truth is not None
        return float(sample.truth.floor()) + float(excess_risk(trained, sample).mean())
    part, found = judged_part(trained.member), scores(trained)
    if f"{part}_accuracy" in found:
        return 1.0 - found[f"{part}_accuracy"]
    return found[f"{part}_mse"]


def _judged(trial: Trial, before: Array, after: Array, level: float) -> Trial:
    both = np.isfinite(before) & np.isfinite(after)
    gain = None
    if both.sum() > 1:
        gain = compare_seeds(
            before[both].tolist(), after[both].tolist(), paired=True, unit="error", level=level
        )
    return replace(
        trial,
        before=float(before[both].mean()) if both.any() else math.nan,
        after=float(after[both].mean()) if both.any() else math.nan,
        gain=gain,
    )
