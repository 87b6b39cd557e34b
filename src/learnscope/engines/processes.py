"""Shards in processes of this machine, watched: a worker that dies costs its own shard alone."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Self

import learnscope
from learnscope.engines.base import Engine, Event
from learnscope.engines.settings import EngineSettings
from learnscope.engines.wire import read_event
from learnscope.engines.worker import CANCEL, READY
from learnscope.errors import DataError
from learnscope.sweeps.shard import Shard

GRACE_SECONDS = 1.0
"""Time in which a worker may stop a cancelled shard by itself before it is killed."""
START_SECONDS = 60.0
"""Time in which a new worker must speak."""
STARTS = 3
"""Workers that may die one after the other before they speak; one may have been killed."""

ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "NUMBA_NUM_THREADS",
    )
}
KEEP_MEMORY = {name: str(1 << 30) for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_")}
"""Let glibc keep freed memory: training asks for the same blocks again at every step."""


def worker_environment() -> dict[str, str]:
    """Return the environment of a worker: one thread, freed memory kept, this package found."""
    root = str(Path(learnscope.__file__).parents[1])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, **ONE_THREAD, **KEEP_MEMORY, "PYTHONPATH": os.pathsep.join(paths)}


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    words: IO[bytes]
    shard: Shard | None = None
    ready: bool = False
    kill_at: float | None = None
    gone: bool = False


class Processes(Engine):
    """One shard at a time in each worker process, each with one thread.

    Args:
        n: workers; left out, the cores that this process may use.
        memory_mb: memory that a worker may ask for, in MiB; left out, no limit.
    """

    name = "processes"

    def __init__(self, n: int | None = None, memory_mb: int | None = None) -> None:
        from learnscope.fused.cost import cores

        self._n = n or cores()
        self._memory_mb = memory_mb or 0
        self._waiting: deque[Shard] = deque()
        self._heard: queue.SimpleQueue[tuple[_Worker, Event | None]] = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._stillborn = 0

    @classmethod
    def of(cls, settings: EngineSettings) -> Self:
        return cls(settings.workers, settings.memory_mb)

    @property
    def pids(self) -> list[int]:
        """The processes of the workers."""
        return [worker.process.pid for worker in self._workers]

    def start(self) -> int:
        self._workers = [self._new() for _ in range(self._n)]
        deadline = time.monotonic() + START_SECONDS
        while not all(worker.ready for worker in self._workers):
            if time.monotonic() > deadline:
                self.close()
                raise DataError(f"The workers did not start within {START_SECONDS:.0f} seconds.")
            self._hear(0.1)
        return self._n

    def submit(self, shard: Shard) -> None:
        self._waiting.append(shard)
        self._hand_out()

    def events(self, seconds: float) -> list[Event]:
        found = self._hear(seconds)
        self._kill_late()
        self._hand_out()
        return found

    def cancel(self, key: str) -> None:
        self._waiting = deque(shard for shard in self._waiting if shard.key != key)
        for worker in self._workers:
            if worker.shard is not None and worker.shard.key == key and worker.kill_at is None:
                worker.kill_at = time.monotonic() + GRACE_SECONDS
                _send(worker, CANCEL)

    def close(self) -> None:
        self._waiting.clear()
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.gone = True
            worker.process.kill()
        for worker in workers:
            worker.process.wait()
            worker.words.close()

    def _new(self) -> _Worker:
        ours, theirs = Pipe()
        words = tempfile.TemporaryFile()
        arguments = [str(x) for x in (theirs.fileno(), os.getpid(), self._memory_mb)]
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "learnscope.engines.worker", *arguments],
                env=worker_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                # The terminal's Ctrl-C is for the driver, which keeps what is finished.
                process_group=0,
            )
        except OSError as error:
            raise DataError(f"A worker cannot be started: {error.strerror or error}.") from None
        theirs.close()
        worker = _Worker(process=process, connection=ours, words=words)
        # A thread for each, so that one that is frozen half way through a message holds up none.
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        with worker.connection:
            try:
                while True:
                    self._heard.put((worker, read_event(worker.connection.recv_bytes())))
            except (EOFError, OSError, DataError):
                self._heard.put((worker, None))

    def _hear(self, seconds: float) -> list[Event]:
        """Return what the workers said; waits for the first word only."""
        found: list[Event] = []
        try:
            found.extend(self._take(*self._heard.get(timeout=seconds)))
            while True:
                found.extend(self._take(*self._heard.get_nowait()))
        except queue.Empty:
            return found

    def _take(self, worker: _Worker, event: Event | None) -> list[Event]:
        if worker.gone:
            return []
        if event is None:
            return self._bury(worker)
        if event.key == READY:
            worker.ready = True
            return []
        if event.kind == "progress":
            return [event]
        stopped = worker.kill_at is not None
        worker.shard, worker.kill_at = None, None
        return [] if stopped and event.kind == "failed" else [event]

    def _bury(self, worker: _Worker) -> list[Event]:
        """Put a new worker in the place of one that died, and say what became of its shard."""
        worker.gone = True
        worker.process.kill()
        code = worker.process.wait()
        why = f"Its worker died ({_end(code)}){_last_words(worker.words)}."
        worker.words.close()
        self._stillborn = 0 if worker.ready else self._stillborn + 1
        if self._stillborn >= STARTS:
            self.close()
            raise DataError(f"Workers cannot be started. {why}")
        self._workers[self._workers.index(worker)] = self._new()
        if worker.shard is None or worker.kill_at is not None:
            return []
        return [Event(kind="failed", key=worker.shard.key, text=why)]

    def _kill_late(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            if worker.kill_at is not None and now > worker.kill_at:
                # Its death is heard of by the thread that listens.
                worker.process.kill()

    def _hand_out(self) -> None:
        for worker in self._workers:
            if self._waiting and worker.ready and worker.shard is None:
                worker.shard = self._waiting.popleft()
                _send(worker, worker.shard.to_json().encode())


def _send(worker: _Worker, message: bytes) -> None:
    try:
        worker.connection.send_bytes(message)
    except OSError:
        pass  # It died: the thread that listens says so.


def _end(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"status {code}"


def _last_words(words: IO[bytes]) -> str:
    """Return the last line that a worker wrote, where it wrote any."""
    size = words.seek(0, os.SEEK_END)
    words.seek(max(0, size - 2000))
    lines = [line for line in words.read().decode(errors="replace").splitlines() if line.strip()]
    return f": {lines[-1].strip()}" if lines else ""
