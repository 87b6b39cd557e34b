"""The verdict on an atlas, or on a run: what limits it, what is best, what to change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.experiment import Experiment
from learnscope.measures.atlas.choice import choose, most_to_gain
from learnscope.measures.atlas.groups import Groups, groups_of
from learnscope.measures.atlas.limits import point_verdicts
from learnscope.measures.atlas.proposals import LONGER, proposals
from learnscope.measures.atlas.result import AtlasVerdict, Choice, PointVerdict, Trial
from learnscope.measures.atlas.text import (
    COLUMNS,
    choice_sentences,
    counts_sentence,
    fresh_sentence,
    nothing_to_change,
    parts_sentence,
    table_rows,
    trial_note,
    trials_sentence,
)
from learnscope.measures.atlas.trials import SECONDS, SEEDS, try_out
from learnscope.measures.refit import fit
from learnscope.measures.spread import sample_sd
from learnscope.trained import Trained
from learnscope.training.member import prepare
from learnscope.training.result import OnProgress, ShouldStop

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas
    from learnscope.measures.kept import Kept
    from learnscope.runs.run import Run


def atlas_verdict(
    atlas: Atlas,
    *,
    trials: bool = False,
    seeds: int = SEEDS,
    seconds: float = SECONDS,
    on_progress: OnProgress | None = None,
    kept: Kept | None = None,
    should_stop: ShouldStop | None = None,
) -> AtlasVerdict:
    """Return the verdict on an atlas.

    Args:
        atlas: the atlas; its table is read, no member is opened.
        trials: train the best point again on fresh seeds, and beside it what is proposed; left
            out, nothing is trained.
        seeds: fresh seeds of a trial, at least 2.
        seconds: budget of all trials together, by estimate.
        on_progress: called some times a second, anew for each trial.
        kept: where trainings of trials are kept as they finish, see `fit`.
        should_stop: asked often; true ends the training.

    Raises:
        InputError: the atlas has no members or no score to judge by.
        Interrupted: `should_stop` said so.
    """
    groups = groups_of(atlas)
    points = point_verdicts(groups)
    choices = choose(groups)
    choice = most_to_gain(groups, choices)
    if choice is None:
        return _verdict(atlas.name, groups, points, None, (), (), np.array([]), False)
    best = next(p for p in points if p.point == choice.best)
    experiment = atlas.experiment(choice.best)
    start = _Start(best, experiment, int(groups.seeds.max()) + 1)
    how = _How(trials, seeds, seconds, on_progress, kept, should_stop)
    found, before = _tried(start, groups.metric, how)
    same = _same_data(experiment)
    return _verdict(atlas.name, groups, points, choice, choices, found, before, same)


def run_verdict(
    run: Run,
    *,
    trials: bool = False,
    seeds: int = SEEDS,
    seconds: float = SECONDS,
    on_progress: OnProgress | None = None,
    kept: Kept | None = None,
    should_stop: ShouldStop | None = None,
) -> AtlasVerdict:
    """Return the verdict on a run: an atlas of one point.

    With `trials` the members are trained anew, too, on their own rows for three times as long and
    with a rate that falls to 0: what that gains on the training rows is what the optimiser left.
    Without, nothing is known of the optimiser. Arguments are those of `atlas_verdict`.

    Raises:
        DataError: no member of the run is alive.
        Interrupted: `should_stop` said so.
    """
    how = _How(trials, seeds, seconds, on_progress, kept, should_stop)
    longer = _longer(run, how) if trials else None
    groups = _groups(run, longer)
    if not groups.alive[0]:
        raise DataError("No member of this run is alive: 'learnscope runs show' says why.")
    point = point_verdicts(groups)[0]
    own = replace(
        groups, points=groups.points[:1], settings=({},), error=groups.error[:1],
        train=groups.train[:1], parameters=groups.parameters[:1], floors=groups.floors[:1],
        diverged=groups.diverged[:1], dead=groups.dead[:1],
    )  # fmt: skip
    point = replace(point, settings={})
    choices = choose(own)
    start = _Start(point, run.experiment, run.experiment.seed + run.experiment.seeds)
    found, before = _tried(start, groups.metric, how)
    choice, same = most_to_gain(own, choices), _same_data(run.experiment)
    return _verdict(run.name, own, (point,), choice, choices, found, before, same)


def _same_data(experiment: Experiment) -> bool:
    return experiment.problem.seed is not None and experiment.training.split.seed is not None


class _Start(NamedTuple):
    """Where changes begin: a point, its settings, and the first seed that chose nothing."""

    point: PointVerdict
    experiment: Experiment
    first_seed: int


class _How(NamedTuple):
    """Whether and how trials are made, see `atlas_verdict`."""

    trials: bool
    seeds: int
    seconds: float
    on_progress: OnProgress | None
    kept: Kept | None
    should_stop: ShouldStop | None


def _tried(start: _Start, metric: str, how: _How) -> tuple[tuple[Trial, ...], Array]:
    found = proposals(start.point, start.experiment, metric)
    if not how.trials:
        why = "no trials were asked for"
        return tuple(replace(t, left_out=why) for t in found), np.array([])
    tried = try_out(
        start.experiment,
        found,
        first_seed=start.first_seed,
        seeds=how.seeds,
        seconds=how.seconds,
        on_progress=how.on_progress,
        kept=how.kept,
        should_stop=how.should_stop,
    )
    return tried.trials, tried.before


def _verdict(
    name: str,
    groups: Groups,
    points: tuple[PointVerdict, ...],
    choice: Choice | None,
    choices: tuple[Choice, ...],
    trials: tuple[Trial, ...],
    before: Array,
    same_data: bool,
) -> AtlasVerdict:
    known = before[np.isfinite(before)]
    n = len(known)
    verdict = AtlasVerdict(
        name=name,
        metric=groups.metric,
        part=groups.part,
        unit=groups.unit,
        points=points,
        choice=choice,
        choices=choices,
        fresh=float(known.mean()) if n else math.nan,
        fresh_error=sample_sd(known) / math.sqrt(n) if n > 1 else math.nan,
        fresh_seeds=n,
        same_data=same_data,
        trials=trials,
        paragraph="",
        notes=tuple(map(trial_note, trials)),
        columns=COLUMNS,
        rows=table_rows(points, groups.metric),
    )
    return replace(verdict, paragraph=" ".join(_sentences(verdict)))


def _sentences(verdict: AtlasVerdict) -> list[str]:
    metric, found = verdict.metric, [counts_sentence(verdict.points)]
    if verdict.choice is None:
        return [*found, "There is no best setting: every point lost half of its members or more."]
    by_number = {p.point: p for p in verdict.points}
    best = by_number[verdict.choice.best]
    found += choice_sentences(verdict.choice, by_number, metric, len(verdict.choices))
    found.append(parts_sentence(best, metric, verdict.part))
    found.append(
        fresh_sentence(
            verdict.fresh, verdict.fresh_error, verdict.fresh_seeds, metric, verdict.same_data
        )
    )
    found.append(nothing_to_change(best, verdict.trials))
    found.append(trials_sentence(verdict.trials, metric))
    return [text for text in found if text]


def _longer(run: Run, how: _How) -> list[Trained]:
    epochs = LONGER * max(1, run.experiment.training.epochs)
    experiment = run.experiment.override({"training.epochs": epochs, "training.schedule": "cosine"})
    members = [prepare(experiment, t.result.seed) for t in run.trained]
    return fit(members, on_progress=how.on_progress, kept=how.kept, should_stop=how.should_stop)


def _groups(run: Run, longer: Sequence[Trained] | None) -> Groups:
    """Return the run as a point, and the same members trained longer as another."""
    from learnscope.measures.health import is_dead

    facts = run.facts
    metric, part = facts.metric, facts.part
    members = [run.trained] if longer is None else [run.trained, tuple(longer)]
    shape = len(members), len(run.trained)
    return Groups(
        points=np.arange(len(members), dtype=np.int64),
        settings=tuple({"training.epochs": i} for i in range(len(members))),
        seeds=np.array([t.result.seed for t in run.trained], dtype=np.int64),
        error=np.array([_errors(row, part, metric) for row in members]).reshape(shape),
        train=np.array([_errors(row, "train", metric) for row in members]).reshape(shape),
        parameters=np.full(len(members), run.trained[0].member.network.n_parameters(), dtype=float),
        floors=(None if facts.ceiling is None else facts.ceiling.floor,) * len(members),
        diverged=np.array([sum(t.diverged for t in row) for row in members], dtype=np.int64),
        dead=np.array(
            [sum(is_dead(t) and not t.diverged for t in row) for row in members], dtype=np.int64
        ),
        metric=metric,
        part=part,
        unit=1.0 if metric == "accuracy" else _variance(run.trained[0]),
    )


def _variance(trained: Trained) -> float:
    y = trained.member.sample.y[trained.member.rows.train]
    return float(y.var(axis=0).mean()) or 1.0


def _errors(members: Sequence[Trained], part: str, metric: str) -> list[float]:
    from learnscope.measures.health import is_dead
    from learnscope.measures.scores import scores

    found = []
    for t in members:
        value = math.nan if t.diverged or is_dead(t) else scores(t)[f"{part}_{metric}"]
        found.append(1.0 - value if metric == "accuracy" else value)
    return found
