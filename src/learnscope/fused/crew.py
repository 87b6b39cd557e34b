"""Threads that train members: one network on one core, its training in one compiled call.

The compiled call holds no lock of the interpreter, so plain threads suffice. What a thread must
know while it is in that call is a number in memory, which the compiled code reads before every
batch.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from learnscope.arrays import Ints
from learnscope.errors import InputError
from learnscope.fused import codes
from learnscope.fused.outcome import make_result
from learnscope.fused.plan import Plan, make_plan
from learnscope.fused.state import is_stopped, read_state, write_state
from learnscope.fused.support import supports
from learnscope.training.member import Member
from learnscope.training.result import Result
from learnscope.training.state import TrainingState

_THROUGH = (codes.TRAINED, codes.STOPPED_EARLY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """Where states of trainings that were broken off are kept. Called from any thread.

    Attributes:
        load: gives the state kept for a member, or None.
        save: keeps a state of a member.
        at_end: whether the states of members that are through are kept too, but for those that
            diverged: a longer training can go on from there.
    """

    load: Callable[[Member], TrainingState | None]
    save: Callable[[Member, TrainingState], None]
    at_end: bool = False


class Crew:
    """Threads that take one member after the other, prepare it and train it.

    Attributes:
        finished: (place of the member, its result or the error that ended its thread).
        at_work: place -> plan of the trainings under way.
        n_compiling: threads that wait for compiled code to be loaded or built.
        over: whether the time was up before all were finished.
    """

    def __init__(
        self,
        members: Sequence[Member],
        n_threads: int,
        seconds: float | None = None,
        store: Store | None = None,
    ) -> None:
        self.finished: queue.SimpleQueue[tuple[int, Result | BaseException]] = queue.SimpleQueue()
        self.at_work: dict[int, Plan] = {}
        self.n_compiling = 0
        self.over = False
        self._members, self._seconds, self._store = members, seconds, store
        self._end: float | None = None
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
            self._break_off()
        for thread in self._threads:
            # A build under way cannot be broken off; the thread ends by itself after it.
            while thread.is_alive() and not self.n_compiling:
                thread.join(0.05)

    def look_at_the_clock(self) -> None:
        """End the training under way where the time is up; what there is becomes results."""
        with self._lock:
            if self._end is not None and not self.over and time.monotonic() >= self._end:
                self.over = True
                self._break_off()

    def is_idle(self) -> bool:
        """Return whether all threads have ended."""
        return not any(thread.is_alive() for thread in self._threads)

    def _break_off(self) -> None:
        for plan in self.at_work.values():
            plan.control[codes.STOP] = 1

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
            return None if self._stopping or self.over else next(self._next, None)

    def _train(self, i: int) -> Result | None:
        """Prepare and train a member; return None where it was not begun, or was stopped."""
        from learnscope.fused.compiled import call

        start = time.perf_counter()
        member = self._members[i]
        check(member)
        plan = make_plan(member)
        before = self._store.load(member) if self._store is not None else None
        if before is not None:
            write_state(plan, before)
            start -= before.seconds
        table = self._build(plan)
        if not self._begin(i, plan):
            return None
        end = codes.STOPPED_EARLY if is_stopped(plan) else call(table, plan.arguments())
        with self._lock:
            del self.at_work[i]
        seconds = time.perf_counter() - start
        if end == codes.CANCELLED:
            if self._store is not None:
                self._store.save(member, read_state(plan, seconds))
            # A wish to stop that comes after the end of the time changes nothing.
            if not self.over:
                return None
        elif self._store is not None and self._store.at_end and end in _THROUGH:
            self._store.save(member, read_state(plan, seconds))
        return make_result(plan, end, seconds)

    def _begin(self, i: int, plan: Plan) -> bool:
        """Note that a training begins, unless there is no time for it; the first starts the clock.

        What is at work is begun: loading the compiled trainer takes none of its time.
        """
        with self._lock:
            if self._stopping or self.over:
                return False
            self.at_work[i] = plan
            if self._seconds is not None and self._end is None:
                self._end = time.monotonic() + self._seconds
            return True

    def _build(self, plan: Plan) -> Ints:
        from learnscope.fused.compiled import build, is_ready

        dtype, slots = plan.ws.dtype, plan.slots()
        if is_ready(dtype, slots):
            return build(dtype, slots)
        with self._lock:
            self.n_compiling += 1
        try:
            return build(dtype, slots)
        finally:
            with self._lock:
                self.n_compiling -= 1


def check(member: Member) -> None:
    """Refuse a member that this route cannot train."""
    if reason := supports(member):
        raise InputError(
            f"The fused trainer cannot train the member with seed {member.seed}: {reason}. "
            "Use the PyTorch route."
        )
