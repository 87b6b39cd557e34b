"""One column that is the target in disguise.

It alone gives an R2 or a rank agreement (AUC) of 0.995, and the next best column at most 0.9. A
legitimate strong predictor looks the same, so it is put as a question, and as a note where the
classes are a number cut in two: a column that was made from the classes has a heap for each, away
from the cut, and a cut number goes on through it. Source: the taxonomy, 2.2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from learnscope.arrays import Array
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.references import as_rows
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import class_ids
from learnscope.doctor.trial import Apply

SURE, NEXT = 0.995, 0.9
FIFTH, THROUGH, HEAP = 0.2, 0.15, 0.1
"""A class that begins at the cut has at least `THROUGH` of its rows in the nearest fifth of its
range (an even one has 0.2, half a normal law 0.45, a heap of a normal law 0.04); and no class has a
value that more than `HEAP` of its rows share."""


class TargetLeak(Rule):
    """A column that gives the target away."""

    slugs = ("target-leak",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        x = case.setup.X
        if x.dim() != 2 or not 3 <= x.shape[1] <= 500 or case.task.reconstruction:
            return []
        if case.task.kind == "labels" or not x.is_floating_point():
            return []
        table = as_rows(x)[:2000]
        if case.task.kind == "regression":
            y = as_rows(case.setup.y)[:2000]
            if y.shape[1] != 1:
                return []
            scores = np.array([_r2(column, y[:, 0]) for column in table.T])
        else:
            ids = class_ids(case.setup.y, case.task).numpy()[:2000]
            scores = np.array([_separation(column, ids) for column in table.T])
        order = np.argsort(-scores)
        best, second = float(scores[order[0]]), float(scores[order[1]])
        if best < SURE or second > NEXT:
            return []
        place = int(order[0])
        cut = case.task.kind != "regression" and _is_cut(table[:, place], ids)
        name = "R2" if case.task.kind == "regression" else "separation"
        return [
            Suspicion(
                slug="target-leak",
                title=f"Column {place} alone gives the target: is it known when predictions are "
                "made?",
                evidence=(
                    Evidence(what=f"{name} of column {place} alone", value=best, limit=SURE),
                    Evidence(what="of the next best column", value=second, limit=NEXT),
                ),
                why="A column that was made from the target, or after it, is not there for new "
                "rows. The score with it says nothing about them.",
                changes=((f"Leave column {place} out (here: replaced by its mean).",
                          _without(place)),),
                severity="note" if cut else "warning",
                alone=True,
                columns=(place,),
            )
        ]  # fmt: skip


def _r2(column: Array, y: Array) -> float:
    if column.std() == 0 or y.std() == 0:
        return 0.0
    return float(np.corrcoef(column, y)[0, 1] ** 2)


def _separation(column: Array, ids: Array) -> float:
    """Return how well a column tells classes apart: AUC of two, share of variance of more."""
    if column.std() == 0:
        return 0.0
    classes = np.unique(ids)
    if len(classes) == 2:
        ranks = np.argsort(np.argsort(column)) + 1.0
        _, inverse = np.unique(column, return_inverse=True)
        sums = np.bincount(inverse, weights=ranks) / np.bincount(inverse)
        ranks = sums[inverse]
        n1 = int((ids == classes[1]).sum())
        n0 = len(ids) - n1
        if not n0 or not n1:
            return 0.0
        auc = (ranks[ids == classes[1]].sum() - n1 * (n1 + 1) / 2) / (n0 * n1)
        return float(max(auc, 1 - auc))
    between = sum(
        (ids == c).sum() * (column[ids == c].mean() - column.mean()) ** 2 for c in classes
    )
    return float(between / (np.square(column - column.mean()).sum() or 1.0))


def _is_cut(column: Array, ids: Array) -> bool:
    """Whether two classes are a number cut in two, rather than two heaps."""
    sides = [column[ids == c] for c in np.unique(ids)]
    if len(sides) != 2:
        return False
    if any(np.unique(s, return_counts=True)[1].max() > max(1, HEAP * len(s)) for s in sides):
        return False
    low, high = sorted(sides, key=lambda s: float(np.median(s)))
    (a, b), (c, d) = (np.quantile(side, (0.01, 0.99)) for side in (low, high))
    meet = c - b <= FIFTH * min(b - a, d - c)
    return bool(meet) and (_begins_at_cut(-low) or _begins_at_cut(high))


def _begins_at_cut(side: Array) -> bool:
    """Whether many rows of the upper class lie near its lower end."""
    least, most = np.quantile(side, (0.01, 0.99))
    near = side <= least + FIFTH * (most - least)
    return bool(most > least and near.mean() >= THROUGH)


def _without(place: int) -> Apply:
    def apply(setup: Setup) -> Setup:
        x = setup.X.clone()
        x[:, place] = x[:, place].mean()
        test = None
        if setup.X_test is not None:
            test = setup.X_test.clone()
            test[:, place] = setup.X[:, place].mean()
        return replace(setup, X=x, X_test=test)

    return apply
