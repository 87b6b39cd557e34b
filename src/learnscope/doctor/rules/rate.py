"""The learning rate, and how many updates there are.

- Too high: the loss is not finite, or above three times the first within 50 updates, or a batch's
  own loss rises after its update in more than 40 % of them, or the median relative change of a
  weight matrix is above 0.1. Told only where a tenth or less of the rate is better.
- Too low: that median is below 1e-3 and ten times the rate or more is better, with 300 updates or
  more, or whatever their number where it is below 1e-4.
- Too few updates: less than 100, or a loss that still fell by 1 % an epoch; told where going on is
  better. Source: the taxonomy, section 2.6. A number such as 0.01 means nothing by itself.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup
from learnscope.doctor.trial import Apply

HIGH_CHANGE, LOW_CHANGE, SMALL_CHANGE = 0.1, 1e-4, 1e-3
RISES, BLOWN = 0.4, 3.0
FEW, MANY = 100, 300
SLOPE = 0.01


def _times(factor: float) -> tuple[str, Apply]:
    def apply(setup: Setup) -> Setup:
        for group in setup.optimizer.param_groups:
            group["lr"] = float(group["lr"]) * factor
        return setup

    return "", apply


def ladder(case: Case, factors: tuple[float, ...]) -> tuple[tuple[str, Apply], ...]:
    """Return changes of the rate by some factors."""
    return tuple(
        (f"Set the learning rate to {case.lr * f:.2g} (it is {case.lr:.2g}).", _times(f)[1])
        for f in factors
    )


class RateTooHigh(Rule):
    """Steps that overshoot."""

    slugs = ("lr-too-high",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        record = case.record
        if not record.losses or case.lr <= 0:
            return []
        first = record.losses[0]
        early = record.losses[:50]
        blown = max((v for v in early if math.isfinite(v)), default=0.0) / abs(first or 1.0)
        pairs = list(zip(record.losses, record.own_after, strict=False))
        rises = sum(b > a for a, b in pairs) / max(1, len(pairs))
        changes = record.relative_changes()
        change = median(changes) if changes else 0.0
        signs = (not record.finite, blown > BLOWN, rises > RISES, change > HIGH_CHANGE)
        if not any(signs):
            return []
        return [
            Suspicion(
                slug="lr-too-high",
                title=f"The learning rate {case.lr:.2g} is too high",
                evidence=(
                    Evidence(what="share of updates after which their own batch's loss is higher",
                             value=rises, limit=RISES),
                    Evidence(what="greatest early loss over the first", value=blown, limit=BLOWN),
                    Evidence(what="median change of a weight matrix in an update, relative",
                             value=change, limit=HIGH_CHANGE),
                ),
                why="Along the gradient the loss falls for a step shorter than 2 / curvature, and "
                "rises beyond. Steps that overshoot throw weights about, kill ReLU units, or end "
                "in numbers that are not finite.",
                changes=ladder(case, (0.1, 0.01, 1e-3)),
            )
        ]  # fmt: skip


class RateTooLow(Rule):
    """Weights that hardly move."""

    slugs = ("lr-too-low",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        changes = [c for c in case.record.relative_changes() if c > 0]
        if not changes or case.lr <= 0:
            return []
        change, updates = median(changes), case.setup.n_updates
        if change >= SMALL_CHANGE * 3 or (updates < FEW and change >= LOW_CHANGE):
            return []
        return [
            Suspicion(
                slug="lr-too-low",
                title=f"The learning rate {case.lr:.2g} is too low",
                evidence=(
                    Evidence(what="median change of a weight matrix in an update, relative",
                             value=change, limit=SMALL_CHANGE),
                    Evidence(what="updates", value=updates),
                ),
                why="With relative changes of u an update the weights need about 1/u updates to "
                "become others. The training ends long before.",
                changes=ladder(case, _nearest(change)),
                of_fit=True,
            )
        ]  # fmt: skip


def _nearest(change: float) -> tuple[float, ...]:
    """Return factors of the rate, first the one that brings updates nearest to 1e-3.

    That size, a thousandth of the weights, is the usual one of trainings that go well; where time
    is short the first trial is the only one.
    """
    off = {f: abs(math.log10(change * f / SMALL_CHANGE)) for f in (10.0, 100.0, 1000.0)}
    return tuple(sorted(off, key=lambda f: off[f]))


class TooFewUpdates(Rule):
    """A training that ends while it is learning."""

    slugs = ("too-few-updates",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        updates, losses = case.setup.n_updates, case.record.epoch_losses
        tail = losses[-max(2, len(losses) // 5) :]
        slope = 0.0
        if len(tail) > 1 and tail[0] > 0 and math.isfinite(tail[-1]):
            slope = (1 - tail[-1] / tail[0]) / (len(tail) - 1)
        if updates >= FEW and slope <= SLOPE:
            return []
        if not case.record.finite:
            return []
        more = max(4, math.ceil(4 * FEW / max(1, updates)))
        return [
            Suspicion(
                slug="too-few-updates",
                title=f"The training ends after {updates} updates, while it is still learning",
                evidence=(
                    Evidence(what="updates", value=updates, limit=FEW),
                    Evidence(what="fall of the loss at the end, share of an epoch", value=slope,
                             limit=SLOPE),
                ),
                why="Each update moves a weight by about the rate. With few of them the weights "
                "are near where they began, and the loss still falls when the training stops.",
                changes=((f"Train {more} times as long: epochs = {more * case.setup.epochs}.",
                          lambda s: replace(s, epochs=more * s.epochs)),),
                of_fit=True,
            )
        ]  # fmt: skip
