"""Quantities of what chance alone does to an accuracy."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from learnscope.catalogue.quantities.base import PerMember, Quantity
from learnscope.measures.comparison.two_proportions import pooled_z
from learnscope.measures.scores import scores
from learnscope.settings import Count, Natural, Positive
from learnscope.trained import Trained

Proportion = Annotated[Positive, Field(le=1)]


class BinomialSd(Quantity):
    """Standard deviation of the number of right answers among n of probability p.

    Attributes:
        p: probability of a right answer.
        n: answers.
    """

    kind: Literal["binomial_sd"] = "binomial_sd"
    p: Proportion
    n: Count

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [float((self.n * self.p * (1 - self.p)) ** 0.5)]


class TwoProportions(Quantity):
    """z of two counts of right answers on different rows, the second less the first.

    Attributes:
        right: right answers of the first.
        other: right answers of the second.
        n: rows of each.
    """

    kind: Literal["two_proportions"] = "two_proportions"
    right: Natural
    other: Natural
    n: Count

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [pooled_z(self.other, self.n, self.right, self.n)]


class AccuracyError(PerMember):
    """Standard error of the difference of two test accuracies like the member's, on other rows.

    sqrt(2 p (1 - p) / n): differences of less than twice that are what chance does.
    """

    kind: Literal["accuracy_error"] = "accuracy_error"

    def value(self, trained: Trained) -> float:
        p, n = scores(trained)["test_accuracy"], len(trained.member.rows.test)
        return float((2 * p * (1 - p) / n) ** 0.5)
