"""Training an experiment at several sizes: nested rows of one draw, or widths on the same rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.measures.decomposition.risk import (
    BEYOND,
    enlarged,
    excess_risk,
    large_sample,
)
from learnscope.measures.health import is_dead
from learnscope.measures.learning_curve import classes_first
from learnscope.measures.refit import fit, given_member
from learnscope.measures.scores import scores
from learnscope.measures.size_curve import SizeCurve
from learnscope.models import Mlp, Polynomial
from learnscope.problems.base import Sample
from learnscope.seeds import streams
from learnscope.trained import Trained
from learnscope.training.member import Member, prepare
from learnscope.training.result import OnProgress, ShouldStop

if TYPE_CHECKING:
    from learnscope.measures.kept import Kept

POINTS = 3000
SHARES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Sizes of a made problem where none are named, in training rows of the experiment."""
OF_A_SET = (0.1, 0.2, 0.35, 0.6, 1.0)
"""The same of a data set, which has no more rows than it has."""
WIDTHS = (1, 2, 4, 8, 16, 32, 64)
DEGREES = tuple(range(1, 13))
_BEYOND = 1 << 43


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Rows:
    """Rows to learn from, in the order in which they come in, and the judge.

    Attributes:
        sample: the examples.
        train: training rows.
        test: rows to judge on, none where the target does that.
        seed: of first weights.
    """

    sample: Sample
    train: Ints
    test: Ints
    seed: int


class _How(NamedTuple):
    """How the members are trained, see `fit`."""

    on_progress: OnProgress | None
    kept: Kept | None
    should_stop: ShouldStop | None


def rows_curve(
    experiment: Experiment,
    sizes: Sequence[int] | None = None,
    *,
    points: int = POINTS,
    on_progress: OnProgress | None = None,
    kept: Kept | None = None,
    should_stop: ShouldStop | None = None,
) -> SizeCurve:
    """Train an experiment on nested parts of its rows, also on more than it has.

    Each member draws the largest sample; a smaller one is its beginning, with a row of each class
    ahead. Made problems are judged by their target at fresh inputs, data sets on the test rows.
    Where the experiment would keep validation or test rows of a made problem, none are kept here.

    Args:
        experiment: settings; a fixed seed of a made problem is set aside.
        sizes: training rows, at least two; left out, an eighth to four times those of the
            experiment, or a tenth to all of a data set.
        points: fresh inputs to average over, at least.
        on_progress: called some times a second while all of it is trained.
        kept: where trainings are kept as they finish, see `fit`.
        should_stop: asked often; true ends the training.

    Raises:
        InputError: a size is out of range, or there are no test rows to judge on.
        Interrupted: `should_stop` said so.
    """
    how = _How(on_progress, kept, should_stop)
    judge = _judge(experiment, points)
    base = len(prepare(experiment, experiment.seed).rows.train)
    shares = OF_A_SET if judge is None else SHARES
    wanted = sorted({round(s * base) for s in shares}) if sizes is None else sorted(set(sizes))
    every = [_drawn(experiment, s, wanted[-1] if judge else 0) for s in experiment.root_seeds()]
    first = every[0]
    classes = len(first.sample.outputs) if first.sample.task == "classification" else 2
    wanted = [n for n in wanted if n >= classes] if sizes is None else wanted
    for n in wanted:
        if not classes <= n <= min(len(r.train) for r in every):
            raise InputError(
                f"sizes must be {classes} to {min(len(r.train) for r in every)} training rows, "
                f"got {n}."
            )
    experiments = [experiment] * len(wanted)
    return _curve("training rows", wanted, experiments, every, wanted, judge, how)


def width_curve(
    experiment: Experiment,
    sizes: Sequence[int] | None = None,
    *,
    points: int = POINTS,
    on_progress: OnProgress | None = None,
    kept: Kept | None = None,
    should_stop: ShouldStop | None = None,
) -> SizeCurve:
    """Train an experiment at several widths, or degrees of a polynomial, on the same rows.

    Args:
        experiment: settings with an MLP or a polynomial.
        sizes: widths of every hidden layer, or degrees.
        points: fresh inputs to average over, at least.
        on_progress: called some times a second while all of it is trained.
        kept: where trainings are kept as they finish, see `fit`.
        should_stop: asked often; true ends the training.

    Raises:
        InputError: the model has no width, or there are no test rows to judge on.
        Interrupted: `should_stop` said so.
    """
    how = _How(on_progress, kept, should_stop)
    path, over, usual = _path(experiment)
    wanted = sorted(set(usual if sizes is None else sizes))
    experiments = [experiment.override({path: size}) for size in wanted]
    judge = _judge(experiment, points)
    n = len(prepare(experiment, experiment.seed).rows.train)
    every = [_drawn(experiment, s, n if judge else 0) for s in experiment.root_seeds()]
    return _curve(over, wanted, experiments, every, [n] * len(wanted), judge, how)


def _path(experiment: Experiment) -> tuple[str, str, Sequence[int]]:
    model = experiment.model
    if isinstance(model, Polynomial):
        return "model.degree", "degree", DEGREES
    if isinstance(model, Mlp) and model.hidden:
        return "model.width", "width", WIDTHS
    raise InputError(
        f"a curve over width needs a network with hidden layers or a polynomial, and this model is "
        f"{model.kind_name()!r}. Set --model.kind mlp --model.hidden 8."
    )


def _judge(experiment: Experiment, points: int) -> Sample | None:
    """Return fresh inputs with their target, None of a data set."""
    if experiment.model.learns != "target":
        raise InputError(
            "a curve of errors needs a model that learns a target, and "
            f"{experiment.model.kind_name()!r} learns its own inputs."
        )
    sample = large_sample(experiment, points, seed=5)
    return None if sample.truth is None else sample


def _drawn(experiment: Experiment, seed: int, n: int) -> _Rows:
    """Return the rows of a member: `n` fresh ones of a made problem, or those of its split."""
    rng = np.random.default_rng((_BEYOND, seed))
    if not n:
        member = prepare(experiment, seed)
        if not len(member.rows.test):
            raise InputError(
                "a curve of errors of a data set needs test rows, and there are none. Give "
                "--training.split.test 0.3."
            )
        rows = classes_first(rng.permutation(member.rows.train), member.sample)
        return _Rows(sample=member.sample, train=rows, test=member.rows.test, seed=seed)
    problem = enlarged(experiment.problem, n).model_copy(update={"seed": None})
    sample = problem.sample(streams(_BEYOND + seed).draws)
    if len(sample) < n:
        raise InputError(
            f"sizes must be at most the {len(sample)} examples that the problem "
            f"{problem.kind_name()!r} can be asked for, got {n}."
        )
    rows = classes_first(rng.permutation(len(sample))[:n], sample)
    return _Rows(sample=sample, train=rows, test=np.zeros(0, dtype=np.int64), seed=seed)


def _curve(
    over: str,
    sizes: Sequence[int],
    experiments: Sequence[Experiment],
    every: Sequence[_Rows],
    counts: Sequence[int],
    judge: Sample | None,
    how: _How,
) -> SizeCurve:
    members = [
        _member(experiment, rows, n)
        for rows in every
        for experiment, n in zip(experiments, counts, strict=True)
    ]
    found = fit(members, on_progress=how.on_progress, kept=how.kept, should_stop=how.should_stop)
    shape = len(every), len(sizes)
    first = found[0].member
    metric: Literal["accuracy", "mse"] = (
        "accuracy" if first.head.task == "classification" else "mse"
    )
    errors = np.array([_errors(t, judge, metric) for t in found])
    assert judge is None or judge.truth is not None
    return SizeCurve(
        over=over,
        sizes=np.array(sizes),
        train=errors[:, 0].reshape(shape),
        test=errors[:, 1].reshape(shape),
        metric=metric,
        floor=None if judge is None or judge.truth is None else float(judge.truth.floor()),
        judged="the same test rows at every size" if judge is None
        else "against the known target on fresh inputs",
        rows=np.array(counts),
        parameters=np.array([t.member.network.n_parameters() for t in found[: len(sizes)]]),
        unit=1.0 if metric == "accuracy" else float(np.var(first.sample.y)) or 1.0,
    )  # fmt: skip


def _member(experiment: Experiment, rows: _Rows, n: int) -> Member:
    test = rows.test if len(rows.test) else None
    return given_member(experiment, rows.seed, rows.sample, train=rows.train[:n], test=test)


def _errors(t: Trained, judge: Sample | None, metric: str) -> tuple[float, float]:
    """Return the error of a member on its training rows and on fresh ones, NaN where it is lost."""
    if t.diverged or is_dead(t):
        return math.nan, math.nan
    found: Mapping[str, Any] = scores(t)
    train = _error(found, "train", metric)
    if judge is None or judge.truth is None:
        return train, _error(found, "test", metric)
    fresh: Array = excess_risk(t, judge)
    return train, float(judge.truth.floor()) + float(fresh.mean())


def _error(found: Mapping[str, Any], part: str, metric: str) -> float:
    value = float(found[f"{part}_{metric}"])
    if not abs(value) < BEYOND:
        return math.nan
    return 1.0 - value if metric == "accuracy" else value
