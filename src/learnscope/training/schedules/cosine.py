"""A learning rate that falls along half a cosine."""

import math
from typing import Literal

from learnscope.training.schedules.base import Rest, Schedule


class Cosine(Schedule):
    """From 1 in the first epoch towards `final`, which an epoch after the last would have.

    Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    ICLR 2017, equation 5, without restarts.

    Attributes:
        final: factor at the end, in [0, 1].
    """

    kind: Literal["cosine"] = "cosine"
    final: Rest = 0.0

    def shape(self, epoch: int, epochs: int) -> float:
        share = (1.0 + math.cos(math.pi * (epoch - 1) / epochs)) / 2.0
        return self.final + (1.0 - self.final) * share
