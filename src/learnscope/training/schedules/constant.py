"""A learning rate that stays the same."""

from typing import Literal

from learnscope.training.schedules.base import Schedule


class Constant(Schedule):
    """Factor 1 in every epoch."""

    kind: Literal["constant"] = "constant"

    def shape(self, epoch: int, epochs: int) -> float:
        return 1.0
