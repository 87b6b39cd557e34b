"""Rows that are labelled wrong, the surest mistakes first.

A confident mistake is worth looking at: it is a wrong label in the data, an odd example, or
something that the model has learned falsely (S4.31). Doubtful ones lie near the boundary.
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.measures.percent import percent
from learnscope.measures.scores import judged_part
from learnscope.trained import Trained
from learnscope.training.split import Part


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Mistakes:
    """The m wrong rows of a part, the surest first; of equally sure ones the earlier row.

    Attributes:
        part: the part that was looked at.
        n: its rows.
        rows: (m,) row numbers in the whole sample, from 0.
        truth: (m,) true classes.
        labels: (m,) classes that the network gave.
        belief: (m,) belief in the class it gave, see `Head.shares`.
        belief_true: (m,) belief in the true class.
        names: of the classes.
    """

    part: Part
    n: int
    rows: Ints
    truth: Ints
    labels: Ints
    belief: Array
    belief_true: Array
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def sentence(self) -> str:
        """Say how many are wrong, and which one most surely."""
        share = len(self) / self.n
        text = f"{len(self)} of {self.n} {self.part} rows are wrong, {percent(share, self.n)}"
        if not len(self):
            return f"{text}."
        true, given = self.names[self.truth[0]], self.names[self.labels[0]]
        return (
            f"{text}. The surest mistake is row {self.rows[0]}: {given} with belief "
            f"{self.belief[0]:.3g}, and it is {true}."
        )


def mistakes(trained: Trained, part: Part | None = None) -> Mistakes:
    """Return the rows that a member labels wrong.

    Args:
        trained: a member that predicts classes.
        part: the rows to look at; left out, the judged ones.

    Raises:
        InputError: it predicts numbers, or has no such rows.
    """
    member = trained.member
    if member.head.task != "classification":
        raise InputError("mistakes are of classes, and this run predicts numbers.")
    part = part or judged_part(member)
    if part not in member.parts:
        raise InputError(
            f"part must be one that has rows ({', '.join(member.parts)}), got {part!r}."
        )
    rows = getattr(member.rows, part)
    output = trained.part_output(part)
    labels, shares = member.head.labels(output), member.head.shares(output)
    truth = member.sample.y[rows]
    wrong = np.flatnonzero(labels != truth)
    belief = shares[wrong, labels[wrong]]
    order = wrong[np.lexsort((rows[wrong], -belief))]
    return Mistakes(
        part=part,
        n=len(rows),
        rows=rows[order],
        truth=truth[order],
        labels=labels[order],
        belief=shares[order, labels[order]],
        belief_true=shares[order, truth[order]],
        names=member.sample.outputs,
    )
