"""Training members on threads: one network on one core, its whole training in one compiled call.

The compiled call holds no lock of the interpreter, so plain threads suffice. The calling thread
watches: it hands on results and progress, asks whether to stop and passes that on through a number
in memory that the compiled code reads before every batch.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from learnscope.errors import InputError, Interrupted
from learnscope.fused import codes
from learnscope.fused.cost import cores
from learnscope.fused.outcome import make_result
from learnscope.fused.plan import Plan, make_plan
from learnscope.fused.support import supports
from learnscope.training.member import Member
from learnscope.training.result import OnProgress, OnResult, Progress, Result, ShouldStop

PROGRESS_SECONDS = 0.2
"""Least time between two calls of `on_progress`."""
BUILDING = "loading the compiled trainer (built once on a machine, which takes half a minute)"
"""What is said while it is loaded or built; which of the two is known only afterwards."""
LOOK_SECONDS = 0.02
"""Time between two questions whether to stop."""


def train_members(
    members: Sequence[Member],
    *,
    n_threads: int | None = None,
    on_result: OnResult | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> list[Result]:
    """Train the members and return their results in the same order.

    A result is a function of its member alone: it has the same bits whatever the number of
    threads and whatever is trained beside it.

    Args:
        members: what to train; `supports` must have nothing against any of them.
        n_threads: members trained at a time; left out, the cores this process may use.
        on_result: called in this thread with every finished member, in the order of finishing.
        on_progress: called in this thread some times a second.
        should_stop: asked in this thread many times a second; true stops all threads.

    Raises:
        InputError: a member cannot be trained by this route.
        Interrupted: `should_stop` said so; finished members went to `on_result` before.
        KeyboardInterrupt: Ctrl-C was pressed; likewise.
    """
    for member in members:
        if reason := supports(member):
            raise InputError(
                f"The fused trainer cannot train the member with seed {member.seed}: {reason}. "
                "Use the PyTorch route."
            )
    if n_threads is not None and n_threads < 1:
        raise InputError(f"n_threads must be >= 1, got {n_threads}. Leave it out for all cores.")
    crew = _Crew(members, n_threads or cores())
    listener = _Listener(members, crew, on_result, on_progress)
    with crew.working():
        while listener.n_done < len(members):
            listener.hear(LOOK_SECONDS)
            if should_stop is not None and should_stop():
                crew.stop()
                listener.hear_rest()
                raise Interrupted(
                    f"Training was stopped with {listener.n_done} of {len(members)} members "
                    "finished."
                )
    listener.tell()
    return [listener.results[i] for i in range(len(members))]


def warmup(precision: str = "float32") -> None:
    """Load the compiled training for a number type, or build it where the disk has none."""
    from learnscope.fused.compiled import build

    build(np.dtype(precision))


class _Crew:
    """Threads that take one member after the other."""

    def __init__(self, members: Sequence[Member], n_threads: int) -> None:
        self.members = members
        self.finished: queue.SimpleQueue[tuple[int, Result | BaseException]] = queue.SimpleQueue()
        self.at_work: dict[int, Plan] = {}
        self.compiling = False
        self._stopping = False
        self._lock = threading.Lock()
        self._next = iter(range(len(members)))
        n = min(n_threads, len(members))
        self._threads = [
            threading.Thread(target=self._work, name=f"fused-{i}", daemon=True) for i in range(n)
        ]

    @contextmanager
    def working(self) -> Iterator[None]:
        """Start the threads; whatever happens, none is at work afterwards."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self.stop()

    def stop(self) -> None:
        """End the training under way within some milliseconds and wait for the threads."""
        with self._lock:
            self._stopping = True
            for plan in self.at_work.values():
                plan.control[codes.STOP] = 1
        for thread in self._threads:
            # A build under way cannot be broken off; the thread ends by itself after it.
            while thread.is_alive() and not self.compiling:
                thread.join(0.05)

    def _work(self) -> None:
        while (i := self._take()) is not None:
            try:
                result = self._train(i)
            except BaseException as error:  # handed to the calling thread, which raises it
                self.finished.put((i, error))
                return
            if result is not None:
                self.finished.put((i, result))

    def _take(self) -> int | None:
        with self._lock:
            return None if self._stopping else next(self._next, None)

    def _train(self, i: int) -> Result | None:
        start = time.perf_counter()
        plan = make_plan(self.members[i])
        compiled = self._build(plan.ws.dtype)
        with self._lock:
            if self._stopping:
                return None
            self.at_work[i] = plan
        end = compiled(*plan.arguments())
        with self._lock:
            del self.at_work[i]
        if end == codes.CANCELLED:
            return None
        return make_result(plan, end, time.perf_counter() - start)

    def _build(self, dtype: np.dtype[Any]) -> Any:
        from learnscope.fused.compiled import build, is_ready

        if is_ready(dtype):
            return build(dtype)
        self.compiling = True
        try:
            return build(dtype)
        finally:
            self.compiling = False


class _Listener:
    """What the calling thread hears and hands on."""

    def __init__(
        self,
        members: Sequence[Member],
        crew: _Crew,
        on_result: OnResult | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.results: dict[int, Result] = {}
        self._members, self._crew = members, crew
        self._on_result, self._on_progress = on_result, on_progress
        self._epochs = [member.experiment.training.epochs for member in members]
        self._epochs_of_finished = 0
        self._told = time.monotonic()

    @property
    def n_done(self) -> int:
        """Members that are finished."""
        return len(self.results)

    def hear(self, seconds: float) -> None:
        """Wait that long for a result, hand on what there is, report where it is time to."""
        try:
            self._take(*self._crew.finished.get(timeout=seconds))
        except queue.Empty:
            pass
        self.hear_rest()
        if time.monotonic() - self._told >= PROGRESS_SECONDS:
            self.tell()

    def hear_rest(self) -> None:
        """Hand on the results that are there."""
        while not self._crew.finished.empty():
            self._take(*self._crew.finished.get())

    def tell(self) -> None:
        """Report the progress."""
        self._told = time.monotonic()
        if self._on_progress is None:
            return
        plans = list(self._crew.at_work.values())
        under_way = sum(int(plan.control[codes.EPOCHS_DONE]) for plan in plans)
        self._on_progress(
            Progress(
                done=self._epochs_of_finished + under_way,
                total=sum(self._epochs),
                members_done=self.n_done,
                members=len(self._members),
                message=BUILDING if self._crew.compiling else "",
            )
        )

    def _take(self, i: int, result: Result | BaseException) -> None:
        if isinstance(result, BaseException):
            raise result
        self.results[i] = result
        self._epochs_of_finished += self._epochs[i]
        if self._on_result is not None:
            self._on_result(result)
