"""Adam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from learnscope.settings import Positive, Share
from learnscope.training.optimizers.base import Optimizer

if TYPE_CHECKING:
    import torch


class Adam(Optimizer):
    """Adam with bias correction; its weight decay adds lambda w to the gradient.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    algorithm 1 and its defaults.

    Attributes:
        beta1: decay of the running mean of the gradient.
        beta2: decay of the running mean of its square.
        eps: added to the root of the latter.
    """

    kind: Literal["adam"] = "adam"
    beta1: Share = 0.9
    beta2: Share = 0.999
    eps: Positive = 1e-8
    own_decay: ClassVar[Literal["coupled", "decoupled"] | None] = "coupled"
    full_batch: ClassVar[bool] = False

    def build(self, groups: list[dict[str, Any]], lr: float) -> torch.optim.Optimizer:
        import torch

        return torch.optim.Adam(groups, lr=lr, betas=(self.beta1, self.beta2), eps=self.eps)

    def slots(self) -> tuple[str, ...]:
        return ("step", "exp_avg", "exp_avg_sq")
