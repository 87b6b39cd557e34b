"""A penalty on the weights inside the loss that holds them down.

With the output held fixed, what of the loss still depends on the parameters is the penalty: its
value P(w) and its gradient are those of `loss(output.detach(), y)`. Ten times the data's gradient
or more at the first weights is the taxonomy's limit (section 2.3). A smaller one may still win: as
the rows are learned the data's gradient shrinks, until both balance. So any penalty of a hundredth
or more is looked at, but only where the outcome is poor, and told only where a trial without it is
better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import LOSS_ROWS, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup

LARGE = 10.0
SMALL = 1e-2
"""Share of the data's gradient below which a penalty at the first weights is no matter: it would
have to grow a hundredfold to balance them."""


class PenaltyInLoss(Rule):
    """A penalty on the parameters, written into the loss."""

    slugs = ("penalty-too-strong",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        found = _gradients(case.setup)
        if found is None:
            return []
        penalty, data, value, whole = found
        ratio = penalty / data if data > 0 else math.inf
        if ratio < SMALL:
            return []
        return [
            Suspicion(
                slug="penalty-too-strong",
                title="The penalty on the weights in the loss holds them down",
                evidence=(
                    Evidence(what="gradient of the penalty over that of the data, first weights",
                             value=ratio, limit=LARGE),
                    Evidence(what="penalty's part of the first loss", value=value / whole
                             if whole else math.nan),
                ),
                why="The gradient of a sum is the sum of the gradients: the weights settle where "
                "the penalty's pull balances that of the data. A strong one has them near 0 there, "
                "whatever the rows say.",
                changes=(
                    ("Take a hundredth of the penalty.", lambda s: _lighter(s, 0.01)),
                    ("Leave the penalty out of the loss.", lambda s: _lighter(s, 0.0)),
                ),
            )
        ]  # fmt: skip


def _gradients(setup: Setup) -> tuple[float, float, float, float] | None:
    """Return the gradient norms of penalty and data, the penalty and the whole loss.

    None where the loss does not depend on the parameters but through the output.
    """
    own = setup.copy()
    parameters = [p for p in own.model.parameters() if p.requires_grad]
    rows = slice(0, LOSS_ROWS)
    with quiet(own.seed):
        own.model.train()
        output = own.model(own.X[rows])
        held = own.loss(_detached(output), own.y[rows])
        if not isinstance(held, Tensor) or not held.requires_grad:
            return None
        pull = _norm(held, parameters)
        if pull == 0:
            return None
        whole = own.loss(output, own.y[rows])
        data = _norm(whole - held, parameters)
        zero = _without_weights(own, output, rows)
    return pull, data, float(held.detach()) - zero, float(whole.detach())


def _without_weights(own: Setup, output: Any, rows: slice) -> float:
    """Return the loss of the same outputs with parameters of 0: without the penalty."""
    with torch.no_grad():
        output = _detached(output)
        for p in own.model.parameters():
            p.zero_()
        return float(own.loss(output, own.y[rows]))


def _norm(value: Tensor, parameters: list[nn.Parameter]) -> float:
    found: Sequence[Tensor | None] = torch.autograd.grad(
        value, parameters, retain_graph=True, allow_unused=True
    )
    return math.sqrt(sum(float(g.square().sum()) for g in found if g is not None))


def _detached(output: Any) -> Any:
    if isinstance(output, Tensor):
        return output.detach()
    if isinstance(output, tuple | list):
        return type(output)(_detached(part) for part in output)
    if isinstance(output, dict):
        return {k: _detached(v) for k, v in output.items()}
    return output


class Lighter:
    """A loss whose penalty pulls with a share of its gradient; its values are as they were.

    Args:
        loss: (output, target) -> scalar, which reads the model's parameters too.
        share: of the penalty's gradient that is left.
    """

    def __init__(self, loss: Callable[..., Any], share: float) -> None:
        self.loss, self.share = loss, share

    def __call__(self, output: Any, target: Tensor) -> Tensor:
        """Return the loss."""
        whole: Tensor = self.loss(output, target)
        held = self.loss(_detached(output), target)
        lighter: Tensor = whole - (1 - self.share) * (held - held.detach())
        return lighter


def _lighter(setup: Setup, share: float) -> Setup:
    return replace(setup, loss=Lighter(setup.loss, share))
