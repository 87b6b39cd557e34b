"""The confusion matrix: which class is taken for which, with intervals for every class."""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError
from learnscope.measures.percent import percent, percent_range
from learnscope.measures.proportion import Proportion, proportion
from learnscope.measures.scores import judged_part
from learnscope.trained import Trained
from learnscope.training.split import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """One class.

    Attributes:
        name: of the class.
        recall: rows of the class that are labelled right; None where it has no rows.
        precision: rows with its label that are of the class; None where none has its label.
        taken_for: class that its wrong rows are most often taken for, "" where none is wrong.
        taken: how many rows are.
    """

    name: str
    recall: Proportion | None
    precision: Proportion | None
    taken_for: str
    taken: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Confusion:
    """How often each class is taken for each.

    Attributes:
        names: of the c classes.
        counts: (c, c) int64; row i, column j: rows of class i that were labelled j.
        classes: a score for each class.
        level: confidence level of the intervals.
    """

    names: tuple[str, ...]
    counts: Ints
    classes: tuple[ClassScore, ...]
    level: float

    @property
    def accuracy(self) -> float:
        """Share of right labels."""
        return float(np.trace(self.counts) / self.counts.sum())

    def sentence(self) -> str:
        """Say the accuracy, the class that is found worst, and the commonest mistake."""
        n = int(self.counts.sum())
        text = f"{int(np.trace(self.counts))} of {n} rows are right, {percent(self.accuracy, n)}."
        found = [c for c in self.classes if c.recall is not None]
        worst = min(found, key=lambda c: c.recall.share if c.recall else 1.0)
        if worst.recall is None or worst.recall.right == worst.recall.n:
            return text
        r = worst.recall
        text += (
            f" Found worst: {worst.name}, {percent(r.share, r.n)} of its {r.n} rows "
            f"({100 * self.level:g} % interval {percent_range(r.low, r.high, r.n)})."
        )
        most = max(self.classes, key=lambda c: c.taken)
        return f"{text} Commonest mistake: {most.name} taken for {most.taken_for}, {most.taken}."


def confusion(
    labels: Ints, truth: Ints, names: tuple[str, ...], *, level: float = 0.95
) -> Confusion:
    """Count which class is labelled as which.

    Args:
        labels: (n,) predicted classes in 0..c-1, n >= 1.
        truth: (n,) true classes.
        names: of the c classes.
        level: of Wilson's intervals for recall and precision.

    Raises:
        DataError: the shapes differ, are not (n,), or a label is no class.
    """
    labels, truth, c = np.asarray(labels), np.asarray(truth), len(names)
    if labels.shape != truth.shape or labels.ndim != 1 or not labels.size:
        raise DataError(
            f"confusion needs labels and truth of one shape (n,) with n >= 1, got {labels.shape} "
            f"and {truth.shape}."
        )
    for what, values in (("labels", labels), ("truth", truth)):
        bad = np.flatnonzero((values < 0) | (values >= c))
        if len(bad):
            raise DataError(
                f"confusion.{what} must be in 0 to {c - 1}, one for each of the {c} names, got "
                f"{values[bad[0]]} (row {bad[0]})."
            )
    counts = np.zeros((c, c), dtype=np.int64)
    np.add.at(counts, (truth, labels), 1)
    classes = tuple(_class_score(counts, i, names, level) for i in range(c))
    return Confusion(names=names, counts=counts, classes=classes, level=level)


def _class_score(counts: Ints, i: int, names: tuple[str, ...], level: float) -> ClassScore:
    right, of_class, labelled = int(counts[i, i]), int(counts[i].sum()), int(counts[:, i].sum())
    wrong: Array = counts[i].copy()
    wrong[i] = 0
    j = int(wrong.argmax())
    return ClassScore(
        name=names[i],
        recall=proportion(right, of_class, level=level) if of_class else None,
        precision=proportion(right, labelled, level=level) if labelled else None,
        taken_for=names[j] if wrong[j] else "",
        taken=int(wrong[j]),
    )


def confusion_of(trained: Trained, part: Part | None = None) -> Confusion:
    """Return the confusion matrix of a member on a part of its rows, the judged one if left out."""
    part = part or judged_part(trained.member)
    labels = trained.member.head.labels(trained.part_output(part))
    truth = trained.member.sample.y[getattr(trained.member.rows, part)]
    return confusion(labels, truth, trained.member.sample.outputs)
