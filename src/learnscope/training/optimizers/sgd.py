"""Gradient descent, plain or with momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import model_validator

from learnscope.settings import Flag, Share
from learnscope.training.optimizers.base import Optimizer

if TYPE_CHECKING:
    import torch


class Sgd(Optimizer):
    """w <- w - lr v, with v <- momentum v + (1 - dampening) g, starting from v = g.

    Nesterov's form moves along g + momentum v instead. With batches the descent is stochastic;
    without them it is the gradient descent of the textbooks. Source: I. Sutskever et al., "On
    the importance of initialization and momentum in deep learning", ICML 2013, section 2, in
    the form of PyTorch, where the rate multiplies the velocity.

    Attributes:
        momentum: share of the velocity that is kept.
        nesterov: look ahead along the velocity.
        dampening: share of the gradient that does not enter the velocity.
    """

    kind: Literal["sgd"] = "sgd"
    momentum: Share = 0.0
    nesterov: Flag = False
    dampening: Share = 0.0
    own_decay: ClassVar[Literal["coupled", "decoupled"] | None] = "coupled"
    full_batch: ClassVar[bool] = False

    @model_validator(mode="after")
    def _consistent(self) -> Sgd:
        if self.nesterov and not self.momentum:
            raise ValueError(
                "nesterov needs a velocity to look ahead along, got momentum = 0. Set, for "
                "example, momentum = 0.9."
            )
        if self.nesterov and self.dampening:
            raise ValueError(
                f"dampening must be 0 with nesterov, got {self.dampening:g}. Set one of the two."
            )
        return self

    def build(self, groups: list[dict[str, Any]], lr: float) -> torch.optim.Optimizer:
        import torch

        return torch.optim.SGD(
            groups,
            lr=lr,
            momentum=self.momentum,
            dampening=self.dampening,
            nesterov=self.nesterov,
        )

    def slots(self) -> tuple[str, ...]:
        return ("momentum_buffer",) if self.momentum else ()
