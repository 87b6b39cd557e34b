"""Learning curves: the score over the number of training rows, on one and the same test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.measures.percent import percent
from learnscope.measures.refit import fit, given_member
from learnscope.measures.scores import scores
from learnscope.problems.base import Sample
from learnscope.trained import Trained
from learnscope.training.member import Member


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LearningCurve:
    """Scores over sizes. The rows of a size are among those of every larger one.

    Attributes:
        sizes: (m,) training rows, ascending.
        train: (r, m) score of each member on the rows it learned from.
        test: (r, m) score on its test rows, the same for all sizes; NaN where it diverged.
        metric: "accuracy" or "mse".
        n_test: test rows of a member.
    """

    sizes: Ints
    train: Array
    test: Array
    metric: str
    n_test: int

    def sentence(self) -> str:
        """Say the score with the fewest and with all rows, and what the last doubling brought."""
        middle = np.nanmedian(self.test, axis=0)
        half = int(np.abs(self.sizes - self.sizes[-1] / 2).argmin())
        gain = middle[-1] - middle[half]
        if self.metric == "accuracy":
            first, last = (percent(float(v), self.n_test) for v in (middle[0], middle[-1]))
            gained = f"{100 * gain:+.1f} points"
        else:
            first, last, gained = f"{middle[0]:.3g}", f"{middle[-1]:.3g}", f"{gain:+.2g}"
        return (
            f"Test {'accuracy' if self.metric == 'accuracy' else 'mean squared error'} {first} "
            f"with {self.sizes[0]} training rows, {last} with all {self.sizes[-1]} (median of "
            f"{len(self.test)}); from {self.sizes[half]} to {self.sizes[-1]} rows {gained}."
        )


def learning_curve(
    trained: Sequence[Trained], sizes: Sequence[float], *, seed: int = 0
) -> LearningCurve:
    """Train members anew on nested parts of their training rows.

    Every part of a classification begins with one row of each class, so that none is missing.

    Args:
        trained: members with test rows; their first weights and test are kept.
        sizes: numbers of rows, or shares of the training rows up to 1.
        seed: of the order in which rows come in.

    Raises:
        InputError: there are no test rows, or a size is out of range.
    """
    first = trained[0].member
    if not len(first.rows.test):
        raise InputError(
            "a learning curve needs test rows, and this run has none. Train with "
            "--training.split.test 0.3."
        )
    counts = _counts(sizes, len(first.rows.train), len(first.sample.outputs), first)
    members = [m for t in trained for m in _nested(t, counts, seed)]
    found = [scores(t) for t in fit(members)]
    metric = "accuracy" if first.head.task == "classification" else "mse"
    shape = len(trained), len(counts)
    return LearningCurve(
        sizes=np.array(counts),
        train=np.array([row[f"train_{metric}"] for row in found]).reshape(shape),
        test=np.array([row[f"test_{metric}"] for row in found]).reshape(shape),
        metric=metric,
        n_test=len(first.rows.test),
    )


def _counts(sizes: Sequence[float], n: int, classes: int, member: Member) -> list[int]:
    least = classes if member.head.task == "classification" else 2
    counts = sorted({round(s * n) if s <= 1 else int(s) for s in sizes})
    for count in counts:
        if not least <= count <= n:
            raise InputError(
                f"sizes must be {least} to {n} training rows, or shares of them, got {count}."
            )
    if not counts:
        raise InputError("sizes must name at least one number of training rows, got none.")
    return counts


def _nested(t: Trained, counts: Sequence[int], seed: int) -> list[Member]:
    rows = nested_order(t, seed)
    parts = t.member.rows
    return [
        given_member(
            t.member.experiment,
            t.result.seed,
            t.member.sample,
            train=rows[:count],
            validation=parts.validation if len(parts.validation) else None,
            test=parts.test,
        )
        for count in counts
    ]


def nested_order(t: Trained, seed: int) -> Ints:
    """Return the training rows of a member in the order in which they come in."""
    rng = np.random.default_rng((seed, t.result.seed))
    rows = rng.permutation(t.member.rows.train).astype(np.int64)
    return classes_first(rows, t.member.sample)


def classes_first(rows: Ints, sample: Sample) -> Ints:
    """Return rows with the first of each class ahead; as they are where numbers are learned."""
    if sample.task != "classification":
        return rows
    y = sample.y[rows]
    ahead = np.sort([int(np.flatnonzero(y == c)[0]) for c in np.unique(y)])
    return np.concatenate((rows[ahead], np.delete(rows, ahead)))
