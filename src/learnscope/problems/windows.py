"""Windows: a series as rows of inputs and targets, for those who learn the next from the last.

Row i begins at step i stride. Its inputs are the `window` steps from there; its targets are the
`horizon` steps that begin `lag` behind the last input, or, for each input, the step `lag` behind.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from learnscope.arrays import Ints

Predicts = Literal["next", "each"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Windows:
    """How a series of `n` steps becomes rows.

    Attributes:
        n: steps of the series.
        window: steps that go in.
        horizon: steps that are predicted, with "next".
        lag: steps from the last input to the first target; with "each", from each input to its
            target.
        stride: steps from the beginning of a row to that of the next.
        predicts: "next" the steps behind the window, "each" one step for each of its inputs.
    """

    n: int
    window: int
    horizon: int
    lag: int
    stride: int
    predicts: Predicts

    @property
    def span(self) -> int:
        """Steps from the first input of a row to its last target, both counted."""
        return self.window + self.lag + (self.horizon if self.predicts == "next" else 1) - 1

    @property
    def n_rows(self) -> int:
        """Number of rows; 0 where the series is too short for one."""
        return max(0, (self.n - self.span) // self.stride + 1)

    @property
    def starts(self) -> Ints:
        """The first step (n_rows,) of each row."""
        return np.arange(self.n_rows, dtype=np.int64) * self.stride

    @property
    def inputs(self) -> Ints:
        """The step (n_rows, window) of each input."""
        return self.starts[:, None] + np.arange(self.window)

    @property
    def targets(self) -> Ints:
        """The step (n_rows, k) of each target."""
        if self.predicts == "each":
            return self.inputs + self.lag
        first = self.starts[:, None] + self.window - 1 + self.lag
        return np.asarray(first + np.arange(self.horizon))

    def apart(self, *, warm_up: bool) -> int:
        """Return after how many rows one no longer shares steps with a row, less one.

        Args:
            warm_up: whether only targets must not be shared: a forecast may look back behind the
                border to steps that were known in training.
        """
        k = self.window if self.predicts == "each" else self.horizon
        shared = k if warm_up else self.span
        return -(-shared // self.stride) - 1
