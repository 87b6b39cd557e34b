"""A learning rate that falls along a straight line."""

from typing import Literal

from learnscope.training.schedules.base import Rest, Schedule


class LinearSchedule(Schedule):
    """From 1 in the first epoch towards `final`, which an epoch after the last would have.

    Attributes:
        final: factor at the end, in [0, 1].
    """

    kind: Literal["linear"] = "linear"
    final: Rest = 0.0

    def shape(self, epoch: int, epochs: int) -> float:
        return 1.0 + (self.final - 1.0) * (epoch - 1) / epochs
