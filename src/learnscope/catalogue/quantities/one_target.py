"""The probe of S3.14: a loop that cannot fail, to tell faults of a loop from those of settings."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from learnscope.catalogue.quantities.base import Quantity
from learnscope.settings import Count, Positive, Real
from learnscope.trained import Trained

if TYPE_CHECKING:
    from torch import Generator, Tensor

PIXELS = 784


class OneTarget(Quantity):
    """Squared error of single pictures where one number is right for all of them.

    A chain of two affine layers, 784-1-1 as PyTorch begins it, gets a new picture in each step,
    its pixels uniform from 1 to 2, and one Adam update on it. One number for each member, a
    function of its root seed.

    Attributes:
        target: the right answer.
        lr: rate of Adam.
        steps: pictures.
        last: how many losses at the end are averaged; "first" of them where that is asked for.
        of: the mean over the "last" or the "first" losses.
    """

    kind: Literal["one_target"] = "one_target"
    target: Real = 2.0
    lr: Positive = 5e-4
    steps: Count = 200
    last: Count = 50
    of: Literal["last", "first"] = "last"

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [self._mean(_losses(self, t.member.seed)) for t in group]

    def _mean(self, losses: list[float]) -> float:
        kept = losses[: self.last] if self.of == "first" else losses[-self.last :]
        return sum(kept) / len(kept)


def _losses(probe: OneTarget, seed: int) -> list[float]:
    import torch

    draws = torch.Generator().manual_seed(seed)
    weights = [_drawn(draws, (1, n), n) for n in (PIXELS, 1)]
    biases = [_drawn(draws, (1,), n) for n in (PIXELS, 1)]
    optimizer = torch.optim.Adam([*weights, *biases], lr=probe.lr)
    losses = []
    for _ in range(probe.steps):
        picture = 1 + torch.rand(1, PIXELS, generator=draws)
        hidden = torch.nn.functional.linear(picture, weights[0], biases[0])
        output = torch.nn.functional.linear(hidden, weights[1], biases[1])
        loss = (output - probe.target).square().mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def _drawn(draws: "Generator", shape: tuple[int, ...], n_in: int) -> "Tensor":
    """Return numbers uniform in +-1/sqrt(n_in), PyTorch's default for weights and biases."""
    import torch

    values = (2 * torch.rand(shape, generator=draws) - 1) / math.sqrt(n_in)
    return values.requires_grad_()
