"""The rarest class: whether the members find its rows at all, which an accuracy hides."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.scores import judged_part
from learnscope.trained import Trained
from learnscope.training.split import Part

RARE = 5.0
"""Rows of the commonest training class to one of the rarest from which the classes count as
unbalanced."""

MISSED = 0.5
"""Recall of the rarest class, as a share of the mean over the classes, below which it is missed."""

FEWEST = 5
"""Rows of a class on which its recall is worth a word; with fewer, training rows are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rare:
    """The rarest class of an unbalanced problem.

    Attributes:
        name: of the class.
        share: of the training rows that are of it.
        part: rows that the recall is counted on.
        rows: how many of these are of the class (in the first member).
        recall: share of them that are found, median over the members alive.
        balanced: mean of the recalls of all classes, the same median.
        missed: whether the class is found much less often than the others, and less often than
            the true target finds it, where that is known.
    """

    name: str
    share: float
    part: Part
    rows: int
    recall: float
    balanced: float
    missed: bool


def rare_class(trained: Sequence[Trained], alive: Sequence[bool]) -> Rare | None:
    """Return the rarest class, None for numbers, for balanced classes, or where none is alive."""
    member = trained[0].member
    if member.head.task != "classification" or not any(alive):
        return None
    counts = np.bincount(member.sample.y[member.rows.train], minlength=len(member.head.outputs))
    k = int(np.where(counts > 0, counts, counts.max() + 1).argmin())
    if counts.max() <= RARE * counts[k]:
        return None
    part = judged_part(member)
    if np.count_nonzero(member.sample.y[getattr(member.rows, part)] == k) < FEWEST:
        part = "train"
    living = [t for t, ok in zip(trained, alive, strict=True) if ok]
    table = np.array([_recalls(t, part) for t in living])
    recall, balanced = (float(np.median(v)) for v in (table[:, k], np.nanmean(table, axis=1)))
    best = _recall_of_target(living[0], part, k)
    return Rare(
        name=member.head.outputs[k],
        share=float(counts[k] / counts.sum()),
        part=part,
        rows=int(np.count_nonzero(member.sample.y[getattr(member.rows, part)] == k)),
        recall=recall,
        balanced=balanced,
        missed=recall < MISSED * balanced and recall < MISSED * best,
    )


def _recalls(t: Trained, part: Part) -> Array:
    """Return the share (c,) of the rows of each class that are labelled right; NaN without rows."""
    truth = t.member.sample.y[getattr(t.member.rows, part)]
    return _shares(t.member.head.labels(t.part_output(part)), truth, len(t.member.head.outputs))


def _shares(labels: Array, truth: Array, c: int) -> Array:
    total = np.bincount(truth, minlength=c)
    hit = np.bincount(truth[labels == truth], minlength=c)
    return np.where(total > 0, hit / np.maximum(total, 1), np.nan)


def _recall_of_target(t: Trained, part: Part, k: int) -> float:
    """Return the share of the class that the true target finds, 1 where it is not known."""
    sample, rows = t.member.sample, getattr(t.member.rows, part)
    if sample.truth is None:
        return 1.0
    labels = np.asarray(sample.truth.target(sample.x[rows])).argmax(axis=1)
    return float(_shares(labels, sample.y[rows], len(t.member.head.outputs))[k])
