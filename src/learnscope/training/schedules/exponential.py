"""A learning rate that falls by the same share in every epoch."""

from typing import Literal

from learnscope.training.schedules.base import Decay, Schedule


class Exponential(Schedule):
    """The rate is multiplied by `gamma` after every epoch.

    Attributes:
        gamma: factor from one epoch to the next, in (0, 1].
    """

    kind: Literal["exponential"] = "exponential"
    gamma: Decay = 0.995

    def shape(self, epoch: int, epochs: int) -> float:
        return self.gamma ** (epoch - 1)
