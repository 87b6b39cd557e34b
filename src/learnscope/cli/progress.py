"""How a training is shown while it goes on: a bar, plain lines, or nothing. All on stderr."""

from __future__ import annotations

import os
import sys
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, Self

from learnscope.cli.output import note

if TYPE_CHECKING:
    from learnscope.training.result import Progress

Style = Literal["auto", "bar", "plain", "none"]

EVERY = 5.0
"""Seconds between two plain lines."""


class Sink(ABC):
    """Takes progress while its `with` block is open."""

    @abstractmethod
    def __call__(self, progress: Progress) -> None:
        """Show how far the training is."""

    @abstractmethod
    def __enter__(self) -> Self:
        """Begin to show."""

    @abstractmethod
    def __exit__(self, *error: object) -> None:
        """Clear away what was shown."""


def make_sink(style: Style) -> Sink:
    """Return the sink of that style; "auto" is a bar on a terminal and plain lines elsewhere."""
    if style == "auto":
        terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        style = "bar" if terminal else "plain"
    sinks: dict[str, type[Sink]] = {"bar": Bar, "plain": Lines, "none": Silence}
    return sinks[style]()


class Silence(Sink):
    """Shows nothing."""

    def __call__(self, progress: Progress) -> None:
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return


class Lines(Sink):
    """A line every few seconds, and one for what is said before the first epoch."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._pace = Pace()
        self._last = time.monotonic()
        self._message = ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if self._is_news(progress):
            self._message = progress.message
            note(f"learnscope: {progress.message}")
        elif now - self._last >= self._every:
            self._last = now
            note(f"learnscope: {describe(progress, self._pace.rate(progress, now))}")
        else:
            self._pace.rate(progress, now)

    def __enter__(self) -> Self:
        self._last = time.monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        return

    def _is_news(self, progress: Progress) -> bool:
        return is_loading(progress) and progress.message != self._message


class Wait:
    """Hands progress on, and measures how long the trainer was being loaded before it began."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._start = self._end = 0.0

    def __call__(self, progress: Progress) -> None:
        """Note the time where it is loading, and hand on."""
        if is_loading(progress):
            self._end = time.monotonic()
            self._start = self._start or self._end
        self._sink(progress)

    def seconds(self) -> float:
        """Return the seconds from the first to the last word of loading."""
        return self._end - self._start


def is_loading(progress: Progress) -> bool:
    """Whether something is said before the first epoch that is not a figure ("compiling")."""
    message = progress.message
    return progress.done == 0 and message != "" and not any(c.isdigit() for c in message)


class Bar(Sink):
    """A bar that is drawn over and over, and removed at the end."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars

        self._bars = Bars(
            BarColumn(bar_width=30),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bars.add_task("preparing", total=None)
        self._stack = ExitStack()
        self._pace = Pace()

    def __call__(self, progress: Progress) -> None:
        self._bars.update(
            self._task,
            total=progress.total or None,
            completed=progress.done,
            description=describe(progress, self._pace.rate(progress, time.monotonic())),
        )

    def __enter__(self) -> Self:
        self._stack.enter_context(self._bars)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()


class Pace:
    """How fast epochs go by since the first progress (members kept from before cost nothing)."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._last = 0

    def rate(self, progress: Progress, now: float) -> float | None:
        """Return epochs per second at the time `now` (s), None before there are any.

        Where there are fewer than before, another round has begun, and its pace is its own.
        """
        if self._first is None or progress.done < self._last:
            self._first = (now, progress.done)
        self._last = progress.done
        start, before = self._first
        new = progress.done - before
        return new / (now - start) if new > 0 and now > start else None


def describe(progress: Progress, rate: float | None) -> str:
    """Return e.g. "3/20 members, 15 %, 23,000 epochs/s, 4.0 s left, loss 0.2"."""
    parts = [f"{progress.members_done}/{progress.members} members"]
    if progress.total:
        parts.append(f"{100 * progress.done // progress.total} %")
    if rate:
        parts.append(f"{rate:,.0f} epochs/s")
        parts.append(f"{duration((progress.total - progress.done) / rate)} left")
    if progress.message:
        parts.append(progress.message)
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return a length of time in the unit a reader would choose."""
    if seconds < 0.95:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
