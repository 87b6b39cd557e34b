"""Training members side by side: the calling thread of a crew.

It watches: it hands on results and progress, looks at the clock, and asks whether to stop.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Sequence
from typing import overload

import numpy as np

from learnscope.errors import InputError, Interrupted
from learnscope.fused import codes
from learnscope.fused.cost import cores
from learnscope.fused.crew import Crew, Store, check
from learnscope.training.member import Member
from learnscope.training.members import epochs_of
from learnscope.training.result import OnProgress, OnResult, Progress, Result, ShouldStop

PROGRESS_SECONDS = 0.2
"""Least time between two calls of `on_progress`."""
BUILDING = "loading the compiled trainer (built once on a machine, which takes some seconds)"
"""What is said while it is loaded or built; which of the two is known only afterwards."""
LOOK_SECONDS = 0.02
"""Time between two looks at the clock and questions whether to stop."""


@overload
def train_members(
    members: Sequence[Member],
    *,
    n_threads: int | None = None,
    on_result: OnResult | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    seconds: None = None,
    store: Store | None = None,
) -> list[Result]: ...


@overload
def train_members(
    members: Sequence[Member],
    *,
    n_threads: int | None = None,
    on_result: OnResult | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    seconds: float | None,
    store: Store | None = None,
) -> list[Result | None]: ...


def train_members(
    members: Sequence[Member],
    *,
    n_threads: int | None = None,
    on_result: OnResult | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    seconds: float | None = None,
    store: Store | None = None,
) -> list[Result] | list[Result | None]:
    """Train the members and return their results in the same order.

    A result is a function of its member alone: it has the same bits whatever the number of
    threads and whatever is trained beside it (but for what a time budget cuts short).

    Args:
        members: what to train; `supports` must have nothing against any of them. `Members` are
            prepared by the thread that trains them, and not kept.
        n_threads: members trained at a time; left out, the cores this process may use.
        on_result: called in this thread with every finished member, in the order of finishing.
        on_progress: called in this thread some times a second.
        should_stop: asked in this thread many times a second; true stops all threads.
        seconds: wall time from the beginning of the first training, the loading of the compiled
            code left out, after which all end where they stand. Those under way come back with
            the status "budget", those that were not begun as None.
        store: keeps the state of what was broken off, and gives states to go on from.

    Raises:
        InputError: a member cannot be trained by this route.
        Interrupted: `should_stop` said so; finished members went to `on_result` before.
        KeyboardInterrupt: Ctrl-C was pressed; likewise.
    """
    if isinstance(members, list | tuple):
        for member in members:
            check(member)
    if n_threads is not None and n_threads < 1:
        raise InputError(f"n_threads must be >= 1, got {n_threads}. Leave it out for all cores.")
    crew = Crew(members, n_threads or cores(), seconds, store)
    listener = _Listener(members, crew, on_result, on_progress)
    with crew.working():
        while listener.n_done < len(members) and not (crew.over and crew.is_idle()):
            listener.hear(LOOK_SECONDS)
            crew.look_at_the_clock()
            if should_stop is not None and should_stop():
                crew.stop()
                listener.hear_rest()
                raise Interrupted(
                    f"Training was stopped with {listener.n_done} of {len(members)} members "
                    "finished."
                )
        listener.hear_rest()
    listener.tell()
    if seconds is not None:
        return [listener.results.get(i) for i in range(len(members))]
    return [listener.results[i] for i in range(len(members))]


def warmup(precision: str = "float32") -> None:
    """Load the compiled training for a number type, or build it where the disk has none."""
    from learnscope.fused.compiled import build

    build(np.dtype(precision))


class _Listener:
    """What the calling thread hears and hands on."""

    def __init__(
        self,
        members: Sequence[Member],
        crew: Crew,
        on_result: OnResult | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.results: dict[int, Result] = {}
        self._n, self._crew = len(members), crew
        self._on_result, self._on_progress = on_result, on_progress
        self._epochs = epochs_of(members)
        self._total = sum(self._epochs)
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
                total=self._total,
                members_done=self.n_done,
                members=self._n,
                message=BUILDING if self._crew.n_compiling else "",
            )
        )

    def _take(self, i: int, result: Result | BaseException) -> None:
        if isinstance(result, BaseException):
            raise result
        self.results[i] = result
        # One that stopped early is done all the same, one that ran out of time is not.
        is_cut = result.status == "budget"
        self._epochs_of_finished += result.epochs if is_cut else self._epochs[i]
        if self._on_result is not None:
            self._on_result(result)
