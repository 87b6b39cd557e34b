"""The best that any model can reach: the noise floor, and the true target on the same rows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.scores import accuracy, judged_part, mean_squared_error
from learnscope.training.member import Member
from learnscope.training.split import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class Ceiling:
    """The end of the scale.

    Attributes:
        metric: "accuracy" for classes, "mse" for numbers.
        best: expected score of the best possible model on fresh examples: 1 - Bayes error, or
            the noise variance.
        how: how it was had.
    """

    metric: Literal["accuracy", "mse"]
    best: float
    how: str

    @property
    def floor(self) -> float:
        """Lowest expected error: share of wrong labels, or mean squared error."""
        return 1.0 - self.best if self.metric == "accuracy" else self.best


def ceiling(member: Member) -> Ceiling | None:
    """Return the ceiling of the member's problem, None where the target is not known.

    It may take some tenths of a second.
    """
    truth = member.sample.truth
    if truth is None:
        return None
    floor = float(truth.floor())
    if member.head.task == "classification":
        return Ceiling(metric="accuracy", best=1.0 - floor, how=truth.how)
    return Ceiling(metric="mse", best=floor, how=truth.how)


def target_score(member: Member, part: Part | None = None) -> float | None:
    """Return the score of the true target on the very rows of a part.

    A few rows scatter about the ceiling: the best possible model, too, is lucky on some of them.
    None where the target is not known.

    Args:
        member: the member, trained or not.
        part: "train", "validation" or "test"; None for the part that scores are reported for.
    """
    sample = member.sample
    if sample.truth is None:
        return None
    rows = getattr(member.rows, part or judged_part(member))
    answer: Array = np.asarray(sample.truth.target(sample.x[rows]))
    if member.head.task == "classification":
        return accuracy(answer.argmax(axis=1), sample.y[rows])
    return mean_squared_error(answer, sample.y[rows])
