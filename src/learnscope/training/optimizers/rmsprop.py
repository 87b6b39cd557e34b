"""RMSprop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from learnscope.settings import Flag, Positive, Share
from learnscope.training.optimizers.base import Optimizer

if TYPE_CHECKING:
    import torch


class RmsProp(Optimizer):
    """The gradient divided by the root of the running mean of its square.

    Source: G. Hinton, "Neural networks for machine learning", lecture 6e, 2012; the centred form
    is that of A. Graves, "Generating sequences with recurrent neural networks",
    arXiv:1308.0850, equations 38 to 45. Defaults are PyTorch's.

    Attributes:
        alpha: decay of the running mean of the square.
        eps: added to its root.
        momentum: share of the velocity that is kept.
        centered: subtract the square of the running mean of the gradient, which leaves its
            variance.
    """

    kind: Literal["rmsprop"] = "rmsprop"
    alpha: Share = 0.99
    eps: Positive = 1e-8
    momentum: Share = 0.0
    centered: Flag = False
    own_decay: ClassVar[Literal["coupled", "decoupled"] | None] = "coupled"
    full_batch: ClassVar[bool] = False

    def build(self, groups: list[dict[str, Any]], lr: float) -> torch.optim.Optimizer:
        import torch

        return torch.optim.RMSprop(
            groups,
            lr=lr,
            alpha=self.alpha,
            eps=self.eps,
            momentum=self.momentum,
            centered=self.centered,
        )

    def slots(self) -> tuple[str, ...]:
        velocity = ("momentum_buffer",) if self.momentum else ()
        mean = ("grad_avg",) if self.centered else ()
        return ("step", "square_avg", *velocity, *mean)
