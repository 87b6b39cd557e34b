"""Broadcasting of (n, 1) against (n,): exact.

The decisive test: the loss stays the same, to 1e-6, when the targets are permuted, although it
varies with the output. A mean over all pairs does that, and nothing else that depends on rows.
"""

from dataclasses import replace

import torch

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import LOSS_ROWS, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup

SAME = 1e-5
"""Relative difference that float32 sums over 64 x 64 pairs in another order can have."""


class BroadcastLoss(Rule):
    """A loss of all pairs of outputs and targets."""

    slugs = ("broadcast-loss",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        output, y = case.output[:LOSS_ROWS], case.y[:LOSS_ROWS]
        if output.shape == y.shape or output.numel() != y.numel() or len(y) < 3:
            return []
        if not y.is_floating_point() and output.dim() > 1 and output.shape[1] > 1:
            return []
        with quiet(), torch.no_grad():
            order = torch.randperm(len(y))
            free = torch.randn(output.shape)
            one, other = (float(case.loss(free, t)) for t in (y, y[order]))
            varied = float(case.loss(free + torch.linspace(0, 1, len(y)).reshape(-1, *[1] * (
                free.dim() - 1)), y))  # fmt: skip
        if bool((y == y[order]).all()) or abs(one - other) > SAME * max(abs(one), 1e-3):
            return []
        if varied == one:
            return []
        shapes = f"{tuple(output.shape)} and {tuple(y.shape)}"
        return [
            Suspicion(
                slug="broadcast-loss",
                title=f"The loss compares every output with every target: shapes {shapes}",
                evidence=(
                    Evidence(what="shapes of output and target", value=shapes, limit="equal"),
                    Evidence(what="loss", value=one),
                    Evidence(what="loss with the targets permuted", value=other,
                             limit="another value"),
                ),
                why="(n, 1) and (n,) broadcast to (n, n): the loss is the mean over all pairs, and "
                "its best answer is the mean of the targets for every row. Nothing about a row can "
                "be learned.",
                changes=(("Give the targets the outputs' shape: y.reshape(output.shape).",
                          _reshaped),),
                alone=True,
            )
        ]  # fmt: skip


def _reshaped(setup: Setup) -> Setup:
    with torch.no_grad():
        setup.model.eval()
        shape = setup.model(setup.X[:2]).shape[1:]
    test = None if setup.y_test is None else setup.y_test.reshape(-1, *shape)
    return replace(setup, y=setup.y.reshape(-1, *shape), y_test=test)
