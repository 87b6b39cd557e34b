"""A loss that is a sum over the batch, and a hand-written one that is not finite far out.

- The loss of a batch taken twice is 1.8 to 2.2 times that of the batch. Speaks where the outcome
  is poor and dividing by the batch helps: it may be meant.
- Not finite at scores of +-100, which a network reaches, for a classification. Library losses are
  finite there. Source of both: the taxonomy, section 2.3.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import LOSS_ROWS, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.rules.closing import _sure
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import class_ids
from learnscope.doctor.trial import Apply


class SumReduction(Rule):
    """The gradient grows with the batch."""

    slugs = ("sum-reduction",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if not case.is_plain or case.setup.batch_size < 2:
            return []
        output, y = case.output[:LOSS_ROWS], case.y[:LOSS_ROWS]
        with torch.no_grad():
            one = float(case.loss(output, y))
            two = float(case.loss(torch.cat([output, output]), torch.cat([y, y])))
        ratio = two / one if one else math.nan
        if not 1.8 <= ratio <= 2.2:
            return []
        b = case.setup.batch_size
        return [
            Suspicion(
                slug="sum-reduction",
                title=f"The loss is a sum over the batch: the rate is in effect {b} times as high",
                evidence=(
                    Evidence(what="loss of a batch taken twice, over that of the batch",
                             value=ratio, limit=1.0),
                    Evidence(what="rate times batch size", value=case.lr * b),
                ),
                why="The gradient of a sum over b rows is b times that of their mean. A rate that "
                "suits the mean is b times too high.",
                changes=(("Take the mean over the batch: reduction='mean'.", _mean),),
            )
        ]  # fmt: skip


def _mean(setup: Setup) -> Setup:
    loss = setup.loss

    def mean(output: Any, target: Any) -> Any:
        return loss(output, target) / len(target)

    return replace(setup, loss=mean)


class UnstableLoss(Rule):
    """Infinite or no number for scores that are large."""

    slugs = ("unstable-loss",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        if not case.is_plain:
            return []
        if case.task.kind == "regression":
            return self._at_the_target(case)
        if case.closing in ("softmax", "log_softmax"):
            return []
        output, y = case.output[:LOSS_ROWS], case.y[:LOSS_ROWS]
        ids = class_ids(y, case.task) if case.task.kind != "labels" else y
        right = _sure(output, ids, case, 100.0)
        if case.closing == "sigmoid":
            right = torch.sigmoid(right)
        found: list[float] = []
        with quiet():
            for scores in (right, 1 - right if case.closing == "sigmoid" else -right):
                free = scores.clone().requires_grad_()
                try:
                    value = case.loss(free, y)
                    value.backward()  # type: ignore[no-untyped-call]
                except (RuntimeError, ValueError):
                    return []
                slope = 0.0 if free.grad is None else float(free.grad.sum())
                found.append(float(value.detach()) if math.isfinite(slope) else math.nan)
        if all(map(math.isfinite, found)):
            return []
        broke = not case.record.finite
        return [
            Suspicion(
                slug="unstable-loss",
                title="The loss is not finite for large scores"
                + (", and the training met that" if broke else ""),
                evidence=(
                    Evidence(what="loss and slope of right scores of +-100", value=found[0],
                             limit="finite"),
                    Evidence(what="of wrong scores of +-100", value=found[1], limit="finite"),
                ),
                why="exp(100) is beyond float32, and log 0 is infinite: the quotient or the "
                "product with 0 is NaN. Library losses use log-sum-exp, which subtracts the "
                "greatest score first.",
                changes=(("Use the library's loss on the scores: cross_entropy, or "
                          "binary_cross_entropy_with_logits.", library_loss(case.closing)),),
                severity="error" if broke else "warning",
                alone=True,
            )
        ]  # fmt: skip

    def _at_the_target(self, case: Case) -> list[Suspicion]:
        """Look for a slope that is not finite where an output equals its target."""
        y = case.y[:LOSS_ROWS]
        if not y.is_floating_point() or case.output[: len(y)].shape != y.shape:
            return []
        with quiet():
            slopes = []
            for away in (0.0, 0.1):
                free = (y + away).clone().requires_grad_()
                try:
                    case.loss(free, y).backward()  # type: ignore[no-untyped-call]
                except (RuntimeError, ValueError):
                    return []  # it takes no such outputs
                slopes.append(math.nan if free.grad is None else float(free.grad.sum()))
        if math.isfinite(slopes[0]) or not math.isfinite(slopes[1]):
            return []
        broke = not case.record.finite or case.record.scores["train"] <= -1
        return [
            Suspicion(
                slug="unstable-loss",
                title="The slope of the loss is not finite where an output meets its target"
                + (", and the training met that" if broke else ""),
                evidence=(
                    Evidence(what="slope at the target", value=slopes[0], limit="finite"),
                    Evidence(what="slope 0.1 beside it", value=slopes[1]),
                ),
                why="The root has the slope 1 / (2 sqrt(e)), which is infinite at e = 0; times the "
                "slope 0 of the square that is NaN. One row that is fitted exactly makes every "
                "weight NaN.",
                changes=(("Add a small number under the root: sqrt(e + 1e-8).", _nudged),),
                severity="error" if broke else "warning",
                alone=True,
            )
        ]


def _nudged(setup: Setup) -> Setup:
    loss = setup.loss

    def nudged(output: Tensor, target: Tensor) -> Any:
        return loss(torch.where(output == target, output + 1e-4, output), target)

    return replace(setup, loss=nudged)


def library_loss(closing: str) -> Apply:
    """Return a change to the library's cross-entropy for classes, of scores or probabilities."""
    from torch.nn import functional as F

    def scores(output: Tensor, target: Tensor) -> Tensor:
        if not target.is_floating_point() and output.dim() > 1 and output.shape[1] > 1:
            return F.cross_entropy(output, target.reshape(-1))
        if output.dim() > 1 and output.shape[1] > 1 and bool((target.sum(dim=1) == 1).all()):
            return F.cross_entropy(output, target.to(output.dtype))
        wanted = target.reshape(output.shape).to(output.dtype)
        if closing == "sigmoid":
            return F.binary_cross_entropy(output, wanted)
        return F.binary_cross_entropy_with_logits(output, wanted)

    return lambda setup: replace(setup, loss=scores)
