"""A few targets of a regression far from all others: a lost decimal point, a code for "missing".

A target is far where it is more than ten robust standard deviations from the median (1.4826 times
the median absolute deviation is the sd of a normal law; Rousseeuw and Croux, 1993). Targets of a
heavy tail have such values too, and in the test rows as well. So it is told only where up to a
tenth of the rows are far, the outcome is poor, and leaving them out makes the test rows better.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup

FAR = 10.0
SHARE, FEWEST = 0.1, 2
NORMAL = 1.4826


class OutlyingTargets(Rule):
    """Targets that are wrong numbers."""

    slugs = ("label-noise",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if case.task.kind != "regression" or case.task.reconstruction:
            return []
        off = _distance(case.setup.y)
        far = off > FAR
        n, share = int(far.sum()), float(far.double().mean())
        if n < FEWEST or share > SHARE:
            return []
        test = case.setup.y_test
        if test is not None and len(test):
            of_test = float((_distance(test, case.setup.y) > FAR).double().mean())
            if of_test > share / 2:
                return []  # The law of the targets has such values: the test rows have them too.
        rows = far.nonzero()[:, 0]
        return [
            Suspicion(
                slug="label-noise",
                title=f"{n} targets are far from all others, up to {float(off.max()):.3g} sd",
                evidence=(
                    Evidence(what="greatest distance from the median, in robust sd",
                             value=float(off.max()), limit=FAR),
                    Evidence(what="share of targets that are so far", value=share, limit=SHARE),
                ),
                why="A squared error grows with the square of the distance: one target a hundred "
                "times too large weighs as much as ten thousand others. What is learned is to "
                "answer those rows.",
                changes=(
                    ("Look at the listed rows: correct them or leave them out.", _without_far),
                    ("Use a loss that grows linearly: HuberLoss or SmoothL1Loss.",
                     lambda s: replace(s, loss=torch.nn.HuberLoss())),
                ),
                of_data=True,
                rows=tuple(rows[:20].tolist()),
            )
        ]  # fmt: skip


def _distance(y: Tensor, law: Tensor | None = None) -> Tensor:
    """Return of each row the greatest distance of its targets (n, k) from their medians.

    Median and scale are those of `law` where it is given.
    """
    flat = y.reshape(len(y), -1).double()
    own = flat if law is None else law.reshape(len(law), -1).double()
    middle = own.median(dim=0).values
    scale = NORMAL * (own - middle).abs().median(dim=0).values
    gap = (flat - middle).abs()
    # Where most targets are equal there is no scale to be far by.
    known = scale > 0
    if not bool(known.any()):
        return torch.zeros(len(flat), dtype=torch.float64)
    return (gap[:, known] / scale[known]).amax(dim=1)


def _without_far(setup: Setup) -> Setup:
    kept = _distance(setup.y) <= FAR
    return replace(setup, X=setup.X[kept], y=setup.y[kept])
