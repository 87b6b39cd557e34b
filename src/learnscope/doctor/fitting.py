"""Free numbers in the place of a model's output, fitted by the loss alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from learnscope.doctor.calls import quiet
from learnscope.doctor.setup import Loss

STEPS, RATE = 200, 0.1
Space = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """What came of a fit.

    Attributes:
        output: the fitted outputs (r, ...).
        losses: the loss before each step.
    """

    output: Tensor
    losses: tuple[float, ...]


def fit_free(
    loss: Loss, like: Tensor, y: Tensor, *, space: Space | None = None, constant: bool = False
) -> Fitted | None:
    """Minimise the loss over free outputs by 200 steps of Adam; None where it cannot be taken.

    Args:
        loss: (output, target) -> scalar.
        like: outputs (r, ...) of the model, for their shape and dtype.
        y: targets of these rows.
        space: maps free numbers to outputs, such as `torch.sigmoid`.
        constant: one output for all rows.
    """
    scale = max(1.0, float(y.abs().max()) / 5) if y.is_floating_point() and y.numel() else 1.0
    shape = (1, *like.shape[1:]) if constant else like.shape
    losses: list[float] = []

    def output() -> Tensor:
        free_output = free.expand(like.shape)
        return free_output if space is None else space(free_output)

    with quiet():
        free = torch.zeros(shape, dtype=like.dtype, requires_grad=True)
        optimizer = torch.optim.Adam([free], lr=RATE * scale)
        for _ in range(STEPS):
            try:
                value = loss(output(), y)
                value = value.sum() if value.dim() else value
                optimizer.zero_grad()
                value.backward()
            except (RuntimeError, ValueError, IndexError, TypeError, AttributeError):
                return None
            optimizer.step()
            losses.append(float(value.detach()))
            if not math.isfinite(losses[-1]):
                break
        return Fitted(output=output().detach(), losses=tuple(losses))
