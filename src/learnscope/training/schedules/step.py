"""A learning rate that falls in steps."""

from typing import Literal

from learnscope.settings import Count
from learnscope.training.schedules.base import Decay, Schedule


class Step(Schedule):
    """The rate is multiplied by `gamma` after every `every` epochs.

    Attributes:
        every: epochs on one step.
        gamma: factor from one step to the next, in (0, 1].
    """

    kind: Literal["step"] = "step"
    every: Count = 300
    gamma: Decay = 0.5

    def shape(self, epoch: int, epochs: int) -> float:
        return self.gamma ** ((epoch - 1) // self.every)
