"""The contract of an engine: five verbs, and events that come back.

No engine promises to run a shard exactly once, and none needs to: the store takes each member
once, whatever comes back late or twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from learnscope.engines.settings import EngineSettings
    from learnscope.sweeps.shard import Shard

Kind = Literal["done", "failed", "refused", "progress"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to a shard.

    Attributes:
        kind: "done" with its result; "failed" where it broke off (its worker died, memory ran
            out, its time was up) and may be tried again; "refused" where its settings or data
            are wrong, so that no other try would end differently; "progress".
        key: the shard's key.
        payload: of "done", the bytes of `train_shard`.
        text: of "failed" and "refused", why; of "progress", what is done before the first epoch.
        epochs: of "progress", the epochs done.
    """

    kind: Kind
    key: str
    payload: bytes = b""
    text: str = ""
    epochs: int = 0


class Engine(ABC):
    """Runs shards. Used by one driver, from one thread."""

    name: str
    """How the ledger and messages call it."""

    @classmethod
    @abstractmethod
    def of(cls, settings: EngineSettings) -> Self:
        """Return an engine with settings that were checked.

        Raises:
            InputError: what the engine needs is not installed, or the settings do not go together.
        """

    @abstractmethod
    def start(self) -> int:
        """Start the workers and return how many there are.

        Raises:
            LearnscopeError: they cannot be started.
        """

    @abstractmethod
    def submit(self, shard: Shard) -> None:
        """Take a shard, to be run when a worker is free. Comes back at once."""

    @abstractmethod
    def events(self, seconds: float) -> list[Event]:
        """Return what has happened; wait at most that long where nothing has."""

    @abstractmethod
    def cancel(self, key: str) -> None:
        """Stop a shard, running or waiting. It may still come back done; unknown ones are fine."""

    @abstractmethod
    def close(self) -> None:
        """Stop everything and leave no worker behind. May be called twice."""
