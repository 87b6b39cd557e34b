"""What every worker does with a shard: train it, and say how that ended as an event."""

from __future__ import annotations

import time
from collections.abc import Callable

from learnscope.engines.base import Event
from learnscope.errors import Interrupted, LearnscopeError
from learnscope.sweeps.shard import Shard, train_shard
from learnscope.training.result import ShouldStop

TELL_SECONDS = 0.5
"""Least time between two events about the progress of a shard."""


def outcome(
    shard: Shard, *, tell: Callable[[Event], None], should_stop: ShouldStop
) -> Event | None:
    """Train a shard and return the event of its end; None where it was stopped.

    Args:
        shard: what to train.
        tell: given events of progress, some each second at most.
        should_stop: asked often.
    """
    key = shard.key
    told = time.monotonic()

    def report(epochs: int, text: str = "") -> None:
        nonlocal told
        if (now := time.monotonic()) - told >= TELL_SECONDS:
            told = now
            tell(Event(kind="progress", key=key, epochs=epochs, text=text))

    try:
        return Event(
            kind="done",
            key=key,
            payload=train_shard(shard, on_epochs=report, should_stop=should_stop),
        )
    except Interrupted:
        return None
    except LearnscopeError as error:
        return Event(kind="refused", key=key, text=str(error))
    except Exception as error:
        return Event(kind="failed", key=key, text=_reason(error))


def _reason(error: Exception) -> str:
    """Say why a shard broke off. PyTorch says only in words that memory ran out."""
    if isinstance(error, MemoryError) or "allocate memory" in str(error):
        return (
            "Memory ran out. Give the workers more with memory_mb, or make the data or the "
            "networks smaller."
        )
    return f"{type(error).__name__}: {error}"
