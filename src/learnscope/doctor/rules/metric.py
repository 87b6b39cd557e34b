"""A score that says little: accuracy where one class has most of the rows. A note.

A constant answer has the accuracy of the most frequent class. Where that is above 0.8 (the limit
of the taxonomy, section 2.7) and the mean recall of the classes is lower than the accuracy by more
than 0.1, twice the difference of scores that counts, accuracy hides that classes are not told. A
network that tells rare classes too has both alike, and nothing is said.
"""

from __future__ import annotations

import torch

from learnscope.doctor.case import MARGIN, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.task import class_ids

MOST = 0.8


class WrongMetric(Rule):
    """Accuracy of classes of very unequal numbers."""

    slugs = ("wrong-metric",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        if case.task.kind not in ("classes", "binary") or not case.record.finite:
            return []
        test = case.setup.y_test
        part = "train" if test is None else "test"
        ids = class_ids(case.setup.y if test is None else test, case.task)
        share = float(torch.bincount(ids).max()) / len(ids)
        accuracy = case.record.scores[part]
        balanced = case.record.scores["balanced" if test is None else "test_balanced"]
        if share <= MOST or accuracy - balanced <= 2 * MARGIN:
            return []
        return [
            Suspicion(
                slug="wrong-metric",
                title=f"An accuracy of {accuracy:.3g} says little: one class has "
                f"{100 * share:.0f} % of the rows",
                evidence=(
                    Evidence(what=f"{part} accuracy", value=accuracy),
                    Evidence(what="accuracy of always answering the most frequent class",
                             value=share, limit=MOST),
                    Evidence(what="mean recall of the classes", value=balanced,
                             limit=accuracy - 2 * MARGIN),
                ),
                why="Accuracy weighs rows alike, so it is that of the frequent class. A network "
                "that never tells the rare one has nearly the same accuracy as one that always "
                "does.",
                advice="Score by balanced accuracy (the mean recall), the area under the ROC "
                "curve, or recall and precision of the rare class.",
                severity="note",
                alone=True,
            )
        ]  # fmt: skip
