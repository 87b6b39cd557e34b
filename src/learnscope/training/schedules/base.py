"""What a schedule is: a factor on the learning rate for every epoch, after a warm-up."""

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import Field

from learnscope.settings import Natural, Real, Settings

Decay = Annotated[Real, Field(gt=0, le=1)]
Rest = Annotated[Real, Field(ge=0, le=1)]


class Schedule(Settings, ABC):
    """How the learning rate changes over the epochs.

    Attributes:
        warmup: epochs in which the rate first rises in equal steps, w epochs giving the factors
            1 / (w + 1) ... w / (w + 1); the schedule proper then has the epochs that are left.
    """

    warmup: Natural = 0

    def factor(self, epoch: int, epochs: int) -> float:
        """Return the factor on the rate in epoch 1..epochs, in [0, 1]."""
        if epoch <= self.warmup:
            return epoch / (self.warmup + 1)
        return self.shape(epoch - self.warmup, epochs - self.warmup)

    @abstractmethod
    def shape(self, epoch: int, epochs: int) -> float:
        """Return the factor in epoch 1..epochs after the warm-up; epoch 1 has the factor 1."""
