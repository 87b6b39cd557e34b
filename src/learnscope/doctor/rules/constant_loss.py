"""A loss that does not depend on the output: exact.

Its gradient is exactly 0 for two random outputs. Cross-entropy of one column is the usual one:
softmax of a single number is 1 whatever the number.
"""

from dataclasses import replace

import torch

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import LOSS_ROWS, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup


class ConstantLoss(Rule):
    """No gradient for any output."""

    slugs = ("constant-loss",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        if not case.is_plain:
            return []
        y, shape = case.y[:LOSS_ROWS], case.output[:LOSS_ROWS].shape
        norms = []
        with quiet():
            for _ in range(2):
                free = torch.randn(shape, dtype=case.output.dtype)
                if case.closing in ("sigmoid", "softmax"):
                    free = torch.sigmoid(free)
                free.requires_grad_()
                value = case.loss(free, y)
                if not value.requires_grad:
                    norms.append(0.0)
                    continue
                value.backward()  # type: ignore[no-untyped-call]
                norms.append(0.0 if free.grad is None else float(free.grad.norm()))
        if max(norms) > 1e-9:
            return []
        width = case.output.reshape(len(case.output), -1).shape[1]
        return [
            Suspicion(
                slug="constant-loss",
                title="The loss is the same for every output"
                + (": cross-entropy of a single column" if width == 1 else ""),
                evidence=(
                    Evidence(what="gradient of the loss for two random outputs", value=max(norms),
                             limit="> 0"),
                    Evidence(what="columns of the output", value=width),
                ),
                why="softmax of one column is 1, and -log 1 = 0 whatever the score. Without a "
                "gradient no weight moves.",
                changes=(("Use binary cross-entropy on the score: "
                          "binary_cross_entropy_with_logits(output, y.float()).", _binary),)
                if width == 1 else (),
                advice="Use a loss that depends on the output.",
                alone=True,
            )
        ]  # fmt: skip


def _binary(setup: Setup) -> Setup:
    from torch.nn.functional import binary_cross_entropy_with_logits

    def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return binary_cross_entropy_with_logits(
            output.reshape(-1), target.reshape(-1).to(output.dtype)
        )

    return replace(setup, loss=loss)
