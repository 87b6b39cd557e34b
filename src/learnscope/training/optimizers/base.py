"""What an optimiser is: settings that build PyTorch's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from learnscope.settings import Settings

if TYPE_CHECKING:
    import torch


class Optimizer(Settings, ABC):
    """How the weights move. The learning rate and the decay belong to `Training`.

    Attributes:
        own_decay: which kind of weight decay PyTorch's optimiser applies when its parameter
            groups carry a "weight_decay"; None where it takes none.
        full_batch: whether it compares losses between updates, so that all of them must be of
            the same rows and of the same function.
    """

    own_decay: ClassVar[Literal["coupled", "decoupled"] | None]
    full_batch: ClassVar[bool]

    @abstractmethod
    def build(self, groups: list[dict[str, Any]], lr: float) -> torch.optim.Optimizer:
        """Return PyTorch's optimiser for parameter groups that carry their "weight_decay"."""

    @abstractmethod
    def slots(self) -> tuple[str, ...]:
        """Return the arrays that it keeps for each parameter, by PyTorch's names.

        "step" is one number, the others have the parameter's shape. Empty for an optimiser that
        keeps arrays of the whole network.
        """
