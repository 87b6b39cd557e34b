"""A training score that jumps up and down instead of settling.

The scores are taken on the same rows in eval mode, so that batches and dropout have no part in
them: what moves is the weights. Over the second half of the training the score turns around at
more than half of the looks, and the median step between looks is above 0.05, the difference of
scores that counts. Ordinary noise of batches moves a settled network by less. Source: the
taxonomy, section 2.6, whose guard of three standard errors is for rows that differ from look to
look. It speaks only where the outcome is poor, and a lower rate or a larger batch is better: the
variance of plain descent around a minimum grows like rate over batch size.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from statistics import median

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.rules.rate import ladder
from learnscope.doctor.setup import Setup

SWING, TURNS = 0.05, 0.5
LOOKS = 5
"""Looks of the second half that are needed at least."""
SMALL, USUAL = 8, 32


class Oscillation(Rule):
    """Weights that are thrown from side to side."""

    slugs = ("oscillation",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        scores = [score for _, score, *_ in case.record.progress if math.isfinite(score)]
        late = scores[len(scores) // 2 :]
        if len(late) < LOOKS:
            return []
        steps = [b - a for a, b in pairwise(late)]
        turns = sum(a * b < 0 for a, b in pairwise(steps)) / (len(steps) - 1)
        swing = median(map(abs, steps))
        if swing <= SWING or turns <= TURNS:
            return []
        size = case.setup.batch_size
        larger = ((f"Use batches of {USUAL} rows.", _larger_batches),) if size <= SMALL else ()
        return [
            Suspicion(
                slug="oscillation",
                title=f"The training score jumps up and down by {swing:.2g} instead of settling",
                evidence=(
                    Evidence(what="median step of the training score between looks", value=swing,
                             limit=SWING),
                    Evidence(what="looks at which it turns around, share", value=turns,
                             limit=TURNS),
                    Evidence(what="rows of a batch", value=size),
                ),
                why="Near a minimum of curvature h a step multiplies the distance by 1 - rate x h: "
                "beyond rate = 1 / h it changes sides, and at 2 / h it stays away. The noise of "
                "the batches adds a variance that grows like rate over batch size.",
                changes=(*ladder(case, (0.3, 0.1)), *larger),
            )
        ]  # fmt: skip


def _larger_batches(setup: Setup) -> Setup:
    return replace(setup, batch_size=min(USUAL, len(setup.X)))
