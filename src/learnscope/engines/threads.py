"""Shards in threads of this process: for the compiled trainer, which releases the interpreter."""

from __future__ import annotations

import queue
import threading
from typing import Self

from learnscope.engines.base import Engine, Event
from learnscope.engines.settings import EngineSettings
from learnscope.engines.work import outcome
from learnscope.sweeps.shard import Shard


class Threads(Engine):
    """One shard at a time in each thread.

    Args:
        n: threads; left out, the cores that this process may use.
    """

    name = "threads"

    def __init__(self, n: int | None = None) -> None:
        from learnscope.fused.cost import cores

        self._n = n or cores()
        self._waiting: queue.SimpleQueue[Shard | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._closing = False
        self._threads: list[threading.Thread] = []

    @classmethod
    def of(cls, settings: EngineSettings) -> Self:
        return cls(settings.workers)

    def start(self) -> int:
        for i in range(self._n):
            thread = threading.Thread(target=self._work, name=f"shard-{i}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self._n

    def submit(self, shard: Shard) -> None:
        self._cancelled.discard(shard.key)
        self._waiting.put(shard)

    def events(self, seconds: float) -> list[Event]:
        found = []
        try:
            found.append(self._events.get(timeout=seconds))
            while True:
                found.append(self._events.get_nowait())
        except queue.Empty:
            return found

    def cancel(self, key: str) -> None:
        self._cancelled.add(key)

    def close(self) -> None:
        self._closing = True
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _work(self) -> None:
        while (shard := self._waiting.get()) is not None and not self._closing:
            self._run(shard)

    def _run(self, shard: Shard) -> None:
        def stopped() -> bool:
            return self._closing or shard.key in self._cancelled

        if stopped():
            return
        event = outcome(shard, tell=self._events.put, should_stop=stopped)
        if event is not None:
            self._events.put(event)
