"""Quantities of what members answer: at points, over intervals, on other data."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from learnscope.arrays import Array
from learnscope.catalogue.quantities.base import PerMember, Quantity
from learnscope.errors import InputError
from learnscope.measures.fresh import evaluate, fresh_sample
from learnscope.measures.scores import scores
from learnscope.overrides import apply_overrides
from learnscope.problems.base import Problem, Sample
from learnscope.settings import Count, Natural, NonNegative, Real
from learnscope.trained import Trained

Point = Annotated[tuple[Real, ...], Field(min_length=1)]


class AnswerAt(PerMember):
    """The output for one input.

    Attributes:
        x: the raw input, a number for each column.
        output: which output.
    """

    kind: Literal["answer_at"] = "answer_at"
    x: Point
    output: Natural = 0

    def value(self, trained: Trained) -> float:
        return float(trained.output(np.array([self.x]))[0, self.output])


class WorstMiss(PerMember):
    """The greatest distance from the true target among given inputs.

    Attributes:
        points: the raw inputs.
    """

    kind: Literal["worst_miss"] = "worst_miss"
    points: Annotated[tuple[Point, ...], Field(min_length=1)]

    def value(self, trained: Trained) -> float:
        x = np.array(self.points)
        return float(np.abs(trained.output(x) - target(trained, x)).max())


class ZeroAnswers(PerMember):
    """The share of the training rows whose output is exactly 0."""

    kind: Literal["zero_answers"] = "zero_answers"

    def value(self, trained: Trained) -> float:
        return float(np.mean(trained.part_output("train") == 0))


class DistinctAnswers(PerMember):
    """How many different outputs the training rows get."""

    kind: Literal["distinct_answers"] = "distinct_answers"

    def value(self, trained: Trained) -> float:
        return float(len(np.unique(trained.part_output("train")[:, 0])))


class DistanceToTarget(PerMember):
    """Root mean square of output - true target on even points of an interval of one input.

    Attributes:
        low: left end, in units of the input.
        high: right end.
        n: points.
        without: [from, to], points in it are left out; left out, none.
    """

    kind: Literal["distance_to_target"] = "distance_to_target"
    low: Real
    high: Real
    n: Count = 200
    without: tuple[Real, Real] | None = None

    def value(self, trained: Trained) -> float:
        x = even(self.low, self.high, self.n)
        if self.without is not None:
            left, right = self.without
            x = x[(x[:, 0] < left) | (x[:, 0] > right)]
        return float(np.sqrt(np.mean((trained.output(x) - target(trained, x)) ** 2)))


class ErrorShare(PerMember):
    """Squared error of the training rows of an interval, relative to the sum of their y^2.

    Attributes:
        low: left end of the input, included.
        high: right end, not included.
    """

    kind: Literal["error_share"] = "error_share"
    low: Real
    high: Real

    def value(self, trained: Trained) -> float:
        rows = trained.member.rows.train
        x, y = trained.member.sample.x[rows], trained.member.sample.y[rows]
        inside = (x[:, 0] >= self.low) & (x[:, 0] < self.high)
        error = trained.output(x[inside]) - y[inside]
        return float(np.sum(error**2) / np.sum(y[inside] ** 2))


class NotAffine(PerMember):
    """How far the output is from the best affine function of the inputs, at most.

    Over a grid of points about the training rows, relative to 1 + the greatest |output|.

    Attributes:
        n: points, drawn evenly between the least and the greatest value of each input.
    """

    kind: Literal["not_affine"] = "not_affine"
    n: Count = 200

    def value(self, trained: Trained) -> float:
        x = trained.member.sample.x
        low, high = x.min(axis=0), x.max(axis=0)
        # A fixed draw: the number must not change from call to call.
        points = low + (high - low) * np.random.default_rng(0).random((self.n, x.shape[1]))
        output = trained.output(points).astype(np.float64)
        design = np.c_[points, np.ones(len(points))]
        best = np.linalg.lstsq(design, output, rcond=None)[0]
        return float(np.abs(design @ best - output).max() / (1 + np.abs(output).max()))


class TurningPoints(PerMember):
    """How often the output turns between rising and falling along one input.

    Attributes:
        low: left end.
        high: right end.
        n: points looked at.
    """

    kind: Literal["turning_points"] = "turning_points"
    low: Real
    high: Real
    n: Count = 1000

    def value(self, trained: Trained) -> float:
        slopes = np.sign(np.diff(trained.output(even(self.low, self.high, self.n))[:, 0]))
        slopes = slopes[slopes != 0]
        return float(np.count_nonzero(slopes[1:] != slopes[:-1]))


class SpreadAt(Quantity):
    """Standard deviation over the members of the output for one input; one number for all.

    Attributes:
        x: the raw input.
    """

    kind: Literal["spread_at"] = "spread_at"
    x: Point

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [float(np.std([t.output(np.array([self.x]))[0, 0] for t in group], ddof=1))]


class Squares(Quantity):
    """Bias or variance of the members, each trained on a sample of its own; one number for all.

    With f the answers of r members: the mean over the interval of (mean f - target)^2, or of the
    variance of f over the members.

    Attributes:
        of: "bias" for the squared bias, or "variance".
        low: left end of the input.
        high: right end.
        n: points.
    """

    kind: Literal["squares"] = "squares"
    of: Literal["bias", "variance"]
    low: Real
    high: Real
    n: Count = 200

    def values(self, group: Sequence[Trained]) -> list[float]:
        x = even(self.low, self.high, self.n)
        answers = np.stack([t.output(x) for t in group]).astype(np.float64)  # (r, n, k)
        if self.of == "variance":
            return [float(answers.var(axis=0, ddof=1).mean())]
        return [float(np.mean((answers.mean(axis=0) - target(group[0], x)) ** 2))]


class Elsewhere(PerMember):
    """A score on fresh examples of the problem, with other settings perhaps.

    Attributes:
        name: the score, "accuracy", "mse" and so on.
        set: settings of the problem that are changed, e.g. {revolutions = 2}.
        nearest: examples nearer to the origin are left out.
        furthest: examples further from the origin are left out; left out, none are.
        from_train: what is returned is the same score on the training rows, minus this.
    """

    kind: Literal["elsewhere"] = "elsewhere"
    name: str = "accuracy"
    set: dict[str, Any] = Field(default_factory=dict)
    nearest: NonNegative = 0.0
    furthest: NonNegative | None = None
    from_train: bool = False

    def value(self, trained: Trained) -> float:
        problem = changed(trained.member.experiment.problem, self.set)
        sample = self._ring(fresh_sample(problem, trained.member.seed))
        found = evaluate(trained, sample)
        if f"fresh_{self.name}" not in found:
            raise InputError(f"elsewhere.name: there is no score {self.name!r}.")
        own = scores(trained)[f"train_{self.name}"] if self.from_train else 0.0
        return own - found[f"fresh_{self.name}"] if self.from_train else found[f"fresh_{self.name}"]

    def _ring(self, sample: Sample) -> Sample:
        radius = np.linalg.norm(sample.x, axis=1)
        high = np.inf if self.furthest is None else self.furthest
        kept = (radius >= self.nearest) & (radius <= high)
        groups = None if sample.groups is None else sample.groups[kept]
        return replace(sample, x=sample.x[kept], y=sample.y[kept], groups=groups)


class Excess(PerMember):
    """Expected squared error on fresh examples beyond the noise: how far from the best answer.

    Attributes:
        n: fresh examples.
    """

    kind: Literal["excess"] = "excess"
    n: Count = 5000

    def value(self, trained: Trained) -> float:
        sample = fresh_sample(changed(trained.member.experiment.problem, {"n": self.n}))
        # Against the target itself: the noise of the fresh examples does not enter.
        return float(np.mean((trained.output(sample.x) - target(trained, sample.x)) ** 2))


def changed(problem: Problem, changes: dict[str, Any]) -> Problem:
    """Return a problem with some settings changed."""
    return type(problem)(**apply_overrides(problem.plain(), changes))


def even(low: float, high: float, n: int) -> Array:
    """Return (n, 1) even points of an interval, both ends included."""
    return np.linspace(low, high, n)[:, None]


def target(trained: Trained, x: Array) -> Array:
    """Return what the best possible model would answer (m, k)."""
    truth = trained.member.sample.truth
    if truth is None:
        raise InputError("This quantity needs a problem whose target is known.")
    return np.asarray(truth.target(x))
