"""What is said where no change helps: too few rows, or an outcome that stays poor.

A wide gap, and a test score that still rises with the rows, is too few rows.

Half of the training rows give a test score that is lower by 0.03 or more: doubling them would
bring about as much again, as errors fall like a power of the number of rows. Source: the
taxonomy, section 2.2 (a gain of 0.05 there, for a whole learning curve).
"""

from __future__ import annotations

from dataclasses import replace

import torch

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Suspicion
from learnscope.doctor.setup import Setup
from learnscope.doctor.trial import Outcome


def half_the_rows(setup: Setup) -> Setup:
    """Return the setup with a random half of its training rows and as many updates."""
    order = torch.randperm(len(setup.X), generator=torch.Generator().manual_seed(3))
    kept = order[: max(2, len(order) // 2)]
    return replace(
        setup, X=setup.X[kept], y=setup.y[kept], batch_size=min(setup.batch_size, len(kept))
    )


def too_little_data(case: Case, half: Outcome) -> Suspicion:
    """Return the suspicion, from a trial with half of the rows."""
    before = sum(half.before) / len(half.before)
    n, scores = len(case.setup.X), case.record.scores
    return Suspicion(
        slug="too-little-data",
        title=f"{n} rows are too few: training {scores['train']:.3g}, test {scores['test']:.3g}, "
        f"and {half.level:.3g} with half of them",
        evidence=(
            Evidence(what="test score", value=before),
            Evidence(what="test score with half of the rows", value=half.level),
            Evidence(
                what="parameters for each row",
                value=sum(p.numel() for p in case.model.parameters()) / n,
            ),
        ),
        why="The error on new rows falls with the number of training rows, and here it is still "
        "falling. Cheap models have the same gap: it is not this network alone.",
        advice="Get more rows, vary the ones there are, or use a simpler model.",
        severity="warning",
    )


def poor(case: Case) -> Suspicion:
    """Return that the outcome is poor, where neither a rule nor a trial has found why."""
    scores = case.record.scores
    return Suspicion(
        slug="underfitting",
        title=f"The outcome is poor, and the cause was not found: {case.trouble}",
        evidence=tuple(Evidence(what=f"{part} score", value=v) for part, v in scores.items()),
        why="Cheap models do clearly better on the same rows, so there is something to be learned. "
        "None of the changes that were tried brought it.",
        advice="Make the network, the data and the loss smaller and simpler until it learns, then "
        "go back step by step.",
    )
