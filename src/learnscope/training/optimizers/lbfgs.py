"""Limited-memory BFGS, a quasi-Newton method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from learnscope.settings import Count
from learnscope.training.optimizers.base import Optimizer

if TYPE_CHECKING:
    import torch


class Lbfgs(Optimizer):
    """L-BFGS on all rows at once; an epoch is one update of at most `max_iter` iterations.

    Source: D. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
    optimization", Mathematical Programming 45, 1989; line search: J. Nocedal and S. Wright,
    "Numerical optimization", 2nd edition, algorithms 3.5 and 3.6. A rate of 1 is the natural
    one: the method finds the length of its steps itself.

    Attributes:
        max_iter: iterations in an epoch.
        history: how many past steps describe the curvature.
        line_search: "strong_wolfe" searches each step's length, "none" takes it from the rate.
    """

    kind: Literal["lbfgs"] = "lbfgs"
    max_iter: Count = 20
    history: Count = 10
    line_search: Literal["none", "strong_wolfe"] = "strong_wolfe"
    own_decay: ClassVar[Literal["coupled", "decoupled"] | None] = None
    full_batch: ClassVar[bool] = True

    def build(self, groups: list[dict[str, Any]], lr: float) -> torch.optim.Optimizer:
        import torch

        return torch.optim.LBFGS(
            [p for group in groups for p in group["params"]],
            lr=lr,
            max_iter=self.max_iter,
            history_size=self.history,
            line_search_fn=None if self.line_search == "none" else self.line_search,
        )

    def slots(self) -> tuple[str, ...]:
        return ()
