"""The time that a diagnosis may take.

What is counted is processor time of the own thread: on a quiet machine it is the time that passes,
and on a busy one the same trials are made, so that findings do not depend on what else runs. The
time that passes is bounded too.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

BUSY = 1.25
"""How many times the budget may pass where other programs take the processor."""


def now() -> float:
    """Return seconds of processor time of this thread."""
    return time.thread_time()


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a budget.

    Attributes:
        processor: `now()` at which it is used up.
        passing: `time.perf_counter()` at which it ends in any case.
    """

    processor: float
    passing: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the end of a budget that begins now."""
        return cls(now() + seconds, time.perf_counter() + BUSY * seconds)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return min(self.processor - now(), self.passing - time.perf_counter())
