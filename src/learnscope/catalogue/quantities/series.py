"""Quantities of series and recurrent networks."""

import math
from typing import Literal

import numpy as np

from learnscope.catalogue.quantities.base import PerMember
from learnscope.measures.carried_state import carried_state
from learnscope.measures.forecast import free_running
from learnscope.settings import Count, Flag
from learnscope.trained import Trained


class FreeRunning(PerMember):
    """Root mean squared error of a forecast that is fed its own answers, so many steps ahead.

    Attributes:
        ahead: how many.
        last: that of the forecast that the last known value stays.
    """

    kind: Literal["free_running"] = "free_running"
    ahead: Count = 1
    last: Flag = False

    def value(self, trained: Trained) -> float:
        found = free_running(trained, n_steps=self.ahead)
        return float((found.rmse_of_last if self.last else found.rmse)[-1])


class CarriedGain(PerMember):
    """Mean squared error with the state carried from window to window, over that without."""

    kind: Literal["carried_gain"] = "carried_gain"

    def value(self, trained: Trained) -> float:
        found = carried_state(trained)
        return found.carried / found.reset


class Moved(PerMember):
    """How far the weight that training moved most is from where it began."""

    kind: Literal["moved"] = "moved"

    def value(self, trained: Trained) -> float:
        first, last = trained.member.initial, trained.result.parameters
        return max(
            float(np.abs(last[name] - np.asarray(first[name], dtype=last[name].dtype)).max())
            for name in last
        )


class TrainingVariance(PerMember):
    """The variance of the targets on the training rows: the error of the best constant."""

    kind: Literal["training_variance"] = "training_variance"

    def value(self, trained: Trained) -> float:
        y = trained.member.sample.y[trained.member.rows.train]
        return float(np.var(y)) if y.size else math.nan
