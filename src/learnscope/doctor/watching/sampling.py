"""Which steps of a loop are looked at closely: the first ones, then ever fewer, within a share."""

from __future__ import annotations

import time

FIRST = 4
"""Steps at the start that are all looked at: wiring faults show in them."""

GROWTH = 1.25
"""Ratio of the numbers of one sampled step and the next: some 30 samples for 1,000 steps, and ten
more for every tenfold."""

SHARE = 0.05
"""Largest share of the loop's time that close looks may take, half of what watching may cost."""


class Sampling:
    """Decides, step by step, whether this one is looked at closely.

    Attributes:
        spent: seconds spent in close looks so far; whoever looks adds to it.
    """

    def __init__(self, *, share: float | None = SHARE) -> None:
        """Start before step 0.

        Args:
            share: largest share of the time since the start that close looks may take; None
                leaves the time out, so that the choice depends on the number of the step alone.
        """
        self.spent = 0.0
        self._share = share
        self._next = 0
        self._start = time.perf_counter()

    def due(self, step: int) -> bool:
        """Whether step `step` is looked at; asked once for each step, in order."""
        if step < self._next:
            return False
        if step >= FIRST and self._share is not None:
            elapsed = time.perf_counter() - self._start
            if self.spent > self._share * elapsed:
                return False
        self._next = step + 1 if step + 1 < FIRST else max(step + 1, int(step * GROWTH))
        return True
