"""The measured facts of a run, gathered once: what verdicts, advice and reports are made from."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from learnscope.experiment import Experiment
from learnscope.measures.baselines import Baseline, baselines
from learnscope.measures.ceiling import Ceiling, ceiling, target_score
from learnscope.measures.health import Health, Summary, health, summary
from learnscope.measures.rare import Rare, rare_class
from learnscope.measures.scores import judged_part, scores
from learnscope.measures.simpler import Simpler, simpler
from learnscope.measures.spread import Spread, spread, wilson
from learnscope.trained import Trained
from learnscope.training.member import Member
from learnscope.training.split import Part

Metric = Literal["accuracy", "mse"]

MOST_FITS = 20
"""Members whose data the baselines are fitted on; more draws move the median little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BaselineSpread:
    """A trivial baseline over the draws of the data.

    Attributes:
        name: plain words.
        means: what it does.
        spread: of its scores.
        scores: one for each of the first members, NaN where it was not fitted.
        note: what to know; "" for nothing.
    """

    name: str
    means: str
    spread: Spread
    scores: tuple[float, ...]
    note: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Facts:
    """What was measured.

    Errors are in one unit for every task: the share of wrong labels for classes; for numbers
    the mean squared error divided by the variance of the training targets (the share that is
    not explained). Each is a median over the members that are alive, NaN where none is.

    Attributes:
        experiment: the settings.
        trained: the members.
        health: of each member.
        summary: members by health.
        scores: name -> a score for each member.
        part: the part that scores are judged on: "test" where there is one.
        metric: "accuracy" or "mse".
        ceiling: the best possible score, None where it is not known.
        target_scores: score of the true target on each member's judged rows, or None.
        baselines: trivial models on the same rows.
        train_error: error on the training rows.
        test_error: error on the judged rows.
        floor_error: the lowest error possible, None where it is not known.
        excess: test error minus that of the true target on the same rows, which takes the luck
            of the draw out; NaN where the target is not known.
        gap: test error minus train error of the same member.
        noise: standard error that the test error would have, from the number of its rows, if
            fresh rows were as easy as the training rows.
        fall: share of its training loss that a member lost in the last tenth of its own epochs.
        stopped: whether most members were stopped early.
        draws: sets of judged rows that differ: 1 where the members share their data.
        rare: the rarest class of an unbalanced problem, else None.
        simpler: the best trivial baseline that the model does not beat, None where there is none.
    """

    experiment: Experiment
    trained: tuple[Trained, ...]
    health: tuple[Health, ...]
    summary: Summary
    scores: Mapping[str, Sequence[float]]
    part: Part
    metric: Metric
    ceiling: Ceiling | None
    target_scores: tuple[float, ...] | None
    baselines: tuple[BaselineSpread, ...]
    train_error: float
    test_error: float
    floor_error: float | None
    excess: float
    gap: float
    noise: float
    fall: float
    stopped: bool
    draws: int
    rare: Rare | None
    simpler: Simpler | None

    @property
    def judged(self) -> Sequence[float]:
        """The score of each member on the judged part."""
        return self.scores[f"{self.part}_{self.metric}"]

    @property
    def alive(self) -> tuple[bool, ...]:
        """Which members are neither dead nor diverged."""
        return tuple(h.alive for h in self.health)

    def rows(self, part: Part) -> int:
        """Return the number of rows of a part (of the first member)."""
        return len(getattr(self.trained[0].member.rows, part))

    def spread(self, name: str) -> Spread:
        """Return the spread of a score over the members that are alive."""
        return spread(self.scores[name], self.alive)


def gather(
    trained: Sequence[Trained], metrics: Mapping[str, Sequence[float]] | None = None
) -> Facts:
    """Measure a run.

    Args:
        trained: its members, at least one, all of one experiment.
        metrics: name -> a score for each member, where they are at hand already.
    """
    members = [t.member for t in trained]
    if metrics is None:
        each = [scores(t) for t in trained]
        metrics = {name: [row[name] for row in each] for name in each[0]}
    first, found = members[0], tuple(health(t) for t in trained)
    alive = [h.alive for h in found]
    part = judged_part(first)
    train = _errors(members, metrics, "train")
    test = _errors(members, metrics, part)
    best = ceiling(first)
    targets = [t for m in members if (t := target_score(m)) is not None]
    train_error = spread(train, alive).median
    is_class = first.head.task == "classification"
    metric: Metric = "accuracy" if is_class else "mse"
    rows, trivial = len(getattr(first.rows, part)), _baselines(members)
    return Facts(
        experiment=first.experiment,
        trained=tuple(trained),
        health=found,
        summary=summary(found),
        scores=metrics,
        part=part,
        metric=metric,
        ceiling=best,
        target_scores=None if best is None else tuple(targets),
        baselines=trivial,
        train_error=train_error,
        test_error=spread(test, alive).median,
        floor_error=None if best is None else best.floor / _unit(first),
        excess=spread(_excess(members, test, targets), alive).median,
        gap=spread([b - a for a, b in zip(train, test, strict=True)], alive).median,
        noise=_standard_error(train_error, rows, is_class),
        fall=spread([last_fall(t) for t in trained], alive).median,
        stopped=_mostly_stopped(trained, alive),
        draws=len(members) if len(members) > 1 and not _same_data(*members[:2]) else 1,
        rare=rare_class(trained, alive),
        simpler=simpler(
            [(b.name, b.scores) for b in trivial],
            metrics[f"{part}_{metric}"],
            alive,
            rows,
            unit=_unit(first),
            is_class=is_class,
        ),
    )


def _mostly_stopped(trained: Sequence[Trained], alive: Sequence[bool]) -> bool:
    stopped = sum(t.result.status == "stopped" for t, ok in zip(trained, alive, strict=True) if ok)
    return 2 * stopped > sum(alive)


def _errors(
    members: Sequence[Member], metrics: Mapping[str, Sequence[float]], part: Part
) -> list[float]:
    if members[0].head.task == "classification":
        return [1.0 - a for a in metrics[f"{part}_accuracy"]]
    pairs = zip(members, metrics[f"{part}_mse"], strict=True)
    return [mse / _unit(member) for member, mse in pairs]


def _excess(
    members: Sequence[Member], errors: Sequence[float], targets: Sequence[float]
) -> list[float]:
    if not targets:
        return [math.nan] * len(members)
    if members[0].head.task == "classification":
        return [e - (1.0 - t) for e, t in zip(errors, targets, strict=True)]
    return [e - t / _unit(m) for m, e, t in zip(members, errors, targets, strict=True)]


def _unit(member: Member) -> float:
    """Return what errors are divided by: 1 for classes, the targets' variance for numbers."""
    if member.head.task == "classification":
        return 1.0
    variance = float(member.sample.y[member.rows.train].var(axis=0).mean())
    return variance or 1.0


def _standard_error(error: float, n: int, is_class: bool) -> float:
    if not math.isfinite(error) or n < 1:
        return math.nan
    if is_class:
        low, high = wilson(min(n, round(error * n)), n, level=0.6827)
        return (high - low) / 2
    # Squares of normal errors have a standard deviation of sqrt(2) times their mean.
    return error * math.sqrt(2 / n)


def last_part(epochs: int) -> str:
    """Say over which epochs `last_fall` looks."""
    return "the last epoch" if epochs < 10 else "the last tenth of the epochs"


def last_fall(trained: Trained) -> float:
    """Return which share of its training loss a member lost in the last tenth of its epochs.

    The epochs are those that it did, fewer where it was stopped early; of fewer than ten it is
    the last one. 0 for a member that diverged or has no history; negative where the loss rose.
    """
    history = trained.result.history
    if trained.diverged or not trained.result.epochs:
        return 0.0
    epoch, loss = history["epoch"], history["train_loss"]
    i = int(np.searchsorted(epoch, 0.9 * trained.result.epochs, side="right")) - 1
    if trained.result.epochs < 10:
        i = len(loss) - 2
    if i < 0 or i == len(loss) - 1 or not loss[i] > 0:
        return 0.0
    return float(1.0 - loss[-1] / loss[i])


def _baselines(members: Sequence[Member]) -> tuple[BaselineSpread, ...]:
    table: list[tuple[Baseline, ...]] = []
    fit = _fit_once()
    for member in members[:MOST_FITS]:
        table.append(fit(member))
    return tuple(
        BaselineSpread(
            name=column[0].name,
            means=column[0].means,
            spread=spread(found := [math.nan if b.score is None else b.score for b in column]),
            scores=tuple(found),
            note=next((b.note for b in column if b.note), ""),
        )
        for column in zip(*table, strict=True)
    )


def _fit_once() -> Callable[[Member], tuple[Baseline, ...]]:
    """Return a fitter that remembers the last data: with fixed seeds all members share them."""
    last: list[tuple[Member, tuple[Baseline, ...]]] = []

    def fit(member: Member) -> tuple[Baseline, ...]:
        if not (last and _same_data(last[0][0], member)):
            last[:] = [(member, baselines(member))]
        return last[0][1]

    return fit


def _same_data(a: Member, b: Member) -> bool:
    return (
        np.array_equal(a.sample.x, b.sample.x)
        and np.array_equal(a.sample.y, b.sample.y)
        and np.array_equal(a.rows.train, b.rows.train)
        and np.array_equal(a.rows.test, b.rows.test)
    )
