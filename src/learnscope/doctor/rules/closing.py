"""What closes the model, against what the loss and the targets want: exact.

- Softmax before a loss that normalises by itself: the outputs are >= 0 with sum 1 (1e-4), and the
  loss stays the same when a constant is added to a row. Its floor is log(e + k - 1) - 1.
- Sigmoid before a loss that wants scores: outputs in (0, 1), and the loss of +-20 goes to 0. Its
  floors are log(1 + 1/e) = 0.313 for class 1 and log 2 = 0.693 for class 0.
- Softmax over a single column: exp(o) / exp(o) = 1 in every row.
- Targets outside the closing activation's range, more than 1 % of them; a ReLU on class scores.
Source: the taxonomy, section 2.3.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from learnscope.doctor.calls import RANGES, Behind, quiet, without_activation
from learnscope.doctor.case import LOSS_ROWS, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion, of_model
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import class_ids
from learnscope.doctor.trial import Apply

SHARE = 0.01
SIZE = 5.0
"""Scores of +-5 are right with a probability of 0.9999: what is lost at 0 in place of -5 shows."""


class TwiceSoftmax(Rule):
    """Softmax in the model and in the loss."""

    slugs = ("softmax-before-cross-entropy",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        output, y = case.output[:LOSS_ROWS], case.y[:LOSS_ROWS]
        if not case.is_plain or output.dim() < 2 or output.shape[1] < 2:
            return []
        sums = output.sum(dim=1)
        if float(output.min()) < 0 or float((sums - 1).abs().max()) > 1e-4:
            return []
        with quiet(), torch.no_grad():
            free = torch.randn(output.shape)
            one, other = float(case.loss(free, y)), float(case.loss(free + 1.7, y))
        if not math.isfinite(one) or abs(one - other) > 1e-4 * max(1.0, abs(one)):
            return []
        k = output.shape[1]
        floor = math.log(math.e + k - 1) - 1
        name, number = case.closing_call
        changes: tuple[tuple[str, Apply], ...] = ()
        if name == "softmax":
            change = "Leave the softmax out of the model: the loss has it inside."
            changes = (of_model(change, lambda s: without_activation(s.model, number)),)
        return [
            Suspicion(
                slug="softmax-before-cross-entropy",
                title="Softmax is applied twice: by the model and by the loss",
                evidence=(
                    Evidence(what="sum of a row of outputs", value=float(sums.mean()), limit="any"),
                    Evidence(what="change of the loss when 1.7 is added to all scores",
                             value=abs(one - other), limit="> 0 for a loss of probabilities"),
                    Evidence(what=f"least value the loss can reach with {k} classes", value=floor,
                             limit=0.0),
                ),
                why=f"Outputs between 0 and 1 leave cross-entropy no lower than log(e + k - 1) - "
                f"1 = {floor:.3f}. The gradient is squeezed twice, so that learning is slow and "
                f"ends early.",
                changes=changes,
                advice="Give the scores before the softmax to the loss.",
                alone=True,
            )
        ]  # fmt: skip


class TwiceSigmoid(Rule):
    """Sigmoid in the model and in the loss."""

    slugs = ("sigmoid-before-bce-with-logits",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        output, y = case.output[:LOSS_ROWS], case.y[:LOSS_ROWS]
        if not case.is_plain or case.closing != "sigmoid":
            return []
        if case.task.kind == "regression" or output.numel() != y.numel():
            return []
        with torch.no_grad():
            yes = y.reshape(output.shape) > 0.5
            sure = (2 * yes.to(output.dtype) - 1) * 20
            try:
                least = float(case.loss(sure, y))
            except (RuntimeError, ValueError):
                return []
            at_half = float(case.loss(torch.full_like(output, 0.5), y))
        if not abs(least) < 1e-3 * max(1.0, abs(at_half)):
            return []
        number = case.closing_call[1]
        change = "Leave the sigmoid out of the model: the loss has it inside."
        return [
            Suspicion(
                slug="sigmoid-before-bce-with-logits",
                title="Sigmoid is applied twice: by the model and by the loss",
                evidence=(
                    Evidence(what="outputs lie between", value=f"{float(output.min()):.3g} and "
                             f"{float(output.max()):.3g}", limit="any score"),
                    Evidence(what="loss of sure and right scores of +-20", value=least,
                             limit="0: it wants scores"),
                    Evidence(what="least value of a row of class 0", value=math.log(2), limit=0.0),
                ),
                why="Scores between 0 and 1 become probabilities between 0.5 and 0.73: class 0 can "
                "never be told with a loss below log 2 = 0.693. All rows are pushed towards class "
                "1's side.",
                changes=(of_model(change, lambda s: without_activation(s.model, number)),),
                alone=True,
            )
        ]  # fmt: skip


class OutputRange(Rule):
    """Targets that the closing activation cannot reach, scores that it cuts."""

    slugs = ("output-range",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        name, number = case.closing_call
        if name not in RANGES:
            return []
        if case.task.kind == "regression":
            found = self._targets(case, name, number)
        else:
            found = self._one_column(case, name, number) or self._scores(case, name, number)
        return found or self._dead(case, name, number)

    def _one_column(self, case: Case, name: str, number: int) -> list[Suspicion]:
        """Look for a softmax over a single column, which is 1 whatever comes in."""
        output = case.output
        if name != "softmax" or output[0].numel() != 1 or bool((output != 1).any()):
            return []
        change = "Use sigmoid for a single output, or two outputs and cross-entropy."

        def apply(setup: Setup) -> nn.Module:
            return Behind(without_activation(setup.model, number), torch.sigmoid)

        leave_out = "Leave the softmax out: the loss wants the score."
        return [
            Suspicion(
                slug="output-range",
                title="The softmax of a single output is 1 for every row",
                evidence=(
                    Evidence(what="outputs", value=1.0, limit="0 to 1"),
                    Evidence(what="columns that softmax goes over", value=1, limit="> 1"),
                ),
                why="softmax divides exp(o) by the sum over the columns; with one column that is "
                "exp(o) / exp(o) = 1. The output does not depend on the weights, and their "
                "gradient is 0.",
                changes=(
                    of_model(change, apply),
                    of_model(leave_out, lambda s: without_activation(s.model, number)),
                ),
                alone=True,
            )
        ]

    def _dead(self, case: Case, name: str, number: int) -> list[Suspicion]:
        """Look for a closing ReLU that gives 0 for every row once the training is over."""
        ends = [s for s in case.record.end if s.place == number]
        if name != "relu" or not ends or ends[0].dead < 1.0:
            return []
        change = "Leave the ReLU behind the last layer out."
        return [
            Suspicion(
                slug="output-range",
                title="The ReLU behind the last layer gives 0 for every row",
                evidence=(
                    Evidence(what="share of outputs that are 0 on all rows", value=ends[0].dead,
                             limit="< 1"),
                ),
                why="Where a ReLU gives 0 its slope is 0. Once the outputs of all rows are there "
                "no gradient reaches any weight, and the network stays dead.",
                changes=(of_model(change, lambda s: without_activation(s.model, number)),),
                alone=True,
            )
        ]  # fmt: skip

    def _targets(self, case: Case, name: str, number: int) -> list[Suspicion]:
        low, high = RANGES[name]
        y = case.setup.y.to(torch.float64).reshape(-1)
        slack = 1e-6 * max(1.0, float(y.abs().max()))
        outside = (y < low - slack) | (y > high + slack)
        share = float(outside.float().mean())
        if share <= SHARE:
            return []
        change = f"Leave the {name} behind the last layer out."
        return [
            Suspicion(
                slug="output-range",
                title=f"{100 * share:.0f} % of the targets are outside what {name} can give",
                evidence=(
                    Evidence(what="targets lie between",
                             value=f"{float(y.min()):.4g} and {float(y.max()):.4g}",
                             limit=f"{low:g} to {high:g}"),
                    Evidence(what="share outside", value=share, limit=SHARE),
                ),
                why=f"{name} gives numbers from {low:g} to {high:g} only, whatever comes in. Rows "
                "beyond that keep an error that no weights can take away, and a ReLU that is cut "
                "has no gradient.",
                changes=(of_model(change, lambda s: without_activation(s.model, number)),),
                alone=True,
            )
        ]  # fmt: skip

    def _scores(self, case: Case, name: str, number: int) -> list[Suspicion]:
        if not case.is_plain or name not in ("relu", "tanh", "sigmoid", "softplus", "hardtanh"):
            return []
        output, y = case.output[:LOSS_ROWS], case.y[:LOSS_ROWS]
        if name == "sigmoid" and output.reshape(len(output), -1).shape[1] == 1:
            return []
        if case.task.kind == "labels" and name == "sigmoid":
            return []
        ids = class_ids(y, case.task) if case.task.kind != "labels" else y
        with torch.no_grad():
            # Does the loss still fall beyond the range that the activation gives?
            best = _sure(output, ids, case, SIZE)
            inside = _sure(output, ids, case, min(SIZE, RANGES[name][1]))
            cut = inside.clamp(min=RANGES[name][0], max=RANGES[name][1])
            try:
                free, held = float(case.loss(best, y)), float(case.loss(cut, y))
            except (RuntimeError, ValueError):
                return []
        if not held > free + 1e-3:
            return []
        change = f"Leave the {name} behind the last layer out: the loss wants scores of any size."
        return [
            Suspicion(
                slug="output-range",
                title=f"The class scores go through {name}, which cuts them",
                evidence=(
                    Evidence(what="scores lie between", value=f"{float(output.min()):.3g} and "
                             f"{float(output.max()):.3g}", limit="any number"),
                    Evidence(what="loss of right and sure scores within that range", value=held,
                             limit=free),
                ),
                why=f"{name} gives numbers from {RANGES[name][0]:g} to {RANGES[name][1]:g} only. "
                "Evidence against a class, or more than a little for it, cannot be told, and where "
                "a ReLU cuts there is no gradient.",
                changes=(of_model(change, lambda s: without_activation(s.model, number)),),
                alone=True,
            )
        ]  # fmt: skip


def _sure(output: torch.Tensor, ids: torch.Tensor, case: Case, size: float) -> torch.Tensor:
    """Return scores of +-size that are right for each row, in the shape of the output."""
    flat = output.reshape(len(output), -1)
    if case.task.kind == "labels":
        return (2 * ids.reshape(flat.shape).to(flat.dtype) - 1) * size
    if flat.shape[1] == 1:
        return ((2 * ids.to(flat.dtype) - 1) * size).reshape(output.shape)
    scores = torch.full_like(flat, -size)
    scores[torch.arange(len(flat)), ids.clamp(max=flat.shape[1] - 1)] = size
    return scores.reshape(output.shape)
