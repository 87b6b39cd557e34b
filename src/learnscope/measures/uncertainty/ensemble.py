"""Ensembles: the members of a run answering together, and how far they differ.

Source: B. Lakshminarayanan, A. Pritzel, C. Blundell, "Simple and scalable predictive uncertainty
estimation using deep ensembles", NeurIPS 2017. Members that were trained on other draws of the
data differ by these too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.trained import Trained


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ensemble:
    """The answers of r members to m rows.

    Attributes:
        mean: (m, k) mean output, or (m, c) mean belief in each class, rows summing to 1.
        sd: (m, k) standard deviation between members (r - 1), of outputs or beliefs.
        total: (m,) entropy of the mean belief in nats, the whole uncertainty; (m,) NaN for
            numbers.
        between: (m,) how much of it is disagreement between members: the entropy of the mean
            minus the mean entropy (mutual information), in nats, >= 0; NaN for numbers.
        n: members.
    """

    mean: Array
    sd: Array
    total: Array
    between: Array
    n: int

    def labels(self) -> Array:
        """Return the class (m,) that the mean belief decides for."""
        return np.asarray(self.mean.argmax(axis=1))


def ensemble(trained: Sequence[Trained], x: Array) -> Ensemble:
    """Return the joint answer of members to raw inputs (m, d).

    Raises:
        InputError: there are fewer than two members.
    """
    if len(trained) < 2:
        raise InputError(
            f"an ensemble needs at least 2 members, got {len(trained)}. Train with --seeds 10."
        )
    is_class = trained[0].member.head.task == "classification"
    answers = np.stack([t.shares(x) if is_class else t.output(x) for t in trained])
    return combine(np.asarray(answers, dtype=np.float64), is_class=is_class)


def combine(answers: Array, *, is_class: bool) -> Ensemble:
    """Return the joint answer from those of each member (r, m, k)."""
    mean, sd = answers.mean(axis=0), answers.std(axis=0, ddof=1)
    nothing = np.full(len(mean), np.nan)
    total = entropy(mean) if is_class else nothing
    between = np.maximum(total - entropy(answers).mean(axis=0), 0.0) if is_class else nothing
    return Ensemble(mean=mean, sd=sd, total=total, between=between, n=len(answers))


def entropy(shares: Array) -> Array:
    """Return -sum p ln p over the last axis, in nats."""
    p = np.asarray(shares, dtype=np.float64)
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=-1))
