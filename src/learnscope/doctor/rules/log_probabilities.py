"""A loss that wants log-probabilities and gets something else: exact.

The negative log-likelihood is affine in its input, L(a + b) = L(a) + L(b) - L(0), and so is the
divergence from targets that are probabilities. Log-probabilities have logsumexp 0 in each row; more
than 1e-3 off is no rounding. Source: the taxonomy, section 2.3.
"""

import math

import torch

from learnscope.doctor.calls import Behind, quiet
from learnscope.doctor.case import LOSS_ROWS, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion, of_model


class MissingLogProbabilities(Rule):
    """NLLLoss on scores or on probabilities."""

    slugs = ("missing-log-probabilities",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        output, y = case.output[:LOSS_ROWS], case.y[:LOSS_ROWS]
        if not case.is_plain or output.dim() < 2 or output.shape[1] < 2:
            return []
        if y.is_floating_point() and not case.task.one_hot:
            return []
        with quiet(), torch.no_grad():
            a, b = torch.randn(output.shape), torch.randn(output.shape)
            one, two, both, none = (float(case.loss(o, y)) for o in (a, b, a + b, 0 * a))
            far = float(case.loss(a - 1.0, y)) - one
        if not all(map(math.isfinite, (one, two, both, none))):
            return []  # The logarithm is taken inside.
        if abs(one + two - both - none) > 1e-4 * max(1.0, abs(both)) or abs(far) < 1e-3 or far < 0:
            return []
        off = float(torch.logsumexp(output.double(), dim=1).abs().max())
        if off <= 1e-3:
            return []
        probable = float((output.sum(dim=1) - 1).abs().max()) < 1e-4 and float(output.min()) >= 0
        if probable:
            change = "Give the logarithm of the probabilities to the loss: log_softmax of scores."
            made = of_model(change, lambda s: Behind(s.model, _log))
        else:
            change = "Put log_softmax behind the model, or use cross_entropy on the scores."
            made = of_model(change, lambda s: Behind(s.model, _log_softmax))
        return [
            Suspicion(
                slug="missing-log-probabilities",
                title="The loss wants log-probabilities and gets "
                + ("probabilities" if probable else "scores"),
                evidence=(
                    Evidence(what="greatest |logsumexp| of a row", value=off, limit=1e-3),
                    Evidence(what="sum of a row", value=float(output.sum(dim=1).mean())),
                ),
                why="The negative log-likelihood -o[y] takes what it gets for log p. Without the "
                "normalisation the score of the right class can grow without end, and the loss "
                "falls below 0 without anything being learned of the other classes.",
                changes=(made,),
                alone=True,
            )
        ]


def _log(output: torch.Tensor) -> torch.Tensor:
    return torch.log(output.clamp(min=1e-12))


def _log_softmax(output: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(output, dim=1)
