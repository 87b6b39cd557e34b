"""How long a shard may give no sign of life before it is tried again elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

LEAST_SECONDS = 600.0
"""Shortest time without a sign of life that counts as lost."""
PATIENCE = 50.0
"""Times the estimate that a shard may be silent. Estimates know no slow or crowded machine."""
UNKNOWN_SECONDS = 86_400.0
"""The same where the work of a shard cannot be estimated."""


def usual_limit(seconds: float, counted: bool, outstanding: int) -> float:
    """Return how long a shard may be silent, in seconds.

    Args:
        seconds: estimated time of its training.
        counted: whether the estimate knows its work.
        outstanding: shards that a worker is given at a time; the last of them waits for the rest.
    """
    limit = max(LEAST_SECONDS, PATIENCE * seconds) if counted else UNKNOWN_SECONDS
    return outstanding * limit


class Deadlines:
    """The clock of every shard that is out.

    Args:
        limits: key -> seconds that it may be silent.
    """

    def __init__(self, limits: Mapping[str, float]) -> None:
        self._limits = limits
        self._heard: dict[str, float] = {}

    def hear(self, key: str) -> None:
        """Note a sign of life: the shard was sent out, or went on."""
        self._heard[key] = time.monotonic()

    def late(self, keys: Iterable[str]) -> list[str]:
        """Return those of the shards that were silent for too long."""
        now = time.monotonic()
        return [key for key in keys if now - self._heard[key] > self._limits[key]]

    def limit(self, key: str) -> float:
        """Return how long a shard may be silent, in seconds."""
        return self._limits[key]
