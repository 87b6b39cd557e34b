"""How a training is shown while it goes on: a bar, plain lines, or nothing. All on stderr."""

from __future__ import annotations

import os
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from learnscope.cli.output import note

if TYPE_CHECKING:
    from rich.progress import TaskID

    from learnscope.training.result import PartProgress, Progress

Style = Literal["auto", "bar", "plain", "none"]

EVERY = 5.0
"""Seconds between two plain lines."""
WINDOW = 30.0
"""Seconds over which a rate is taken: a machine may get slower or quicker on the way."""
MOST_PARTS = 8
"""Parts at work that are shown."""


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
            for part in progress.parts[:MOST_PARTS]:
                note(f"learnscope:   {describe_part(part)}")
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
    """A bar that is drawn over and over, one more for each part at work, removed at the end."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars

        self._bars = Bars(
            BarColumn(bar_width=30),
            # Settings may have brackets, which are no markup.
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bars.add_task("preparing", total=None)
        self._stack = ExitStack()
        self._pace = Pace()
        self._parts: dict[str, tuple[TaskID, Pace]] = {}

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        known = progress.share is not None
        self._bars.update(
            self._task,
            total=(1 if known else progress.total) or None,
            completed=progress.share if known else progress.done,
            description=describe(progress, self._pace.rate(progress, now)),
        )
        self._draw_parts(progress.parts[:MOST_PARTS], now)

    def _draw_parts(self, parts: Sequence[PartProgress], now: float) -> None:
        for key in self._parts.keys() - {part.key for part in parts}:
            self._bars.remove_task(self._parts.pop(key)[0])
        for part in parts:
            if part.key not in self._parts:
                self._parts[part.key] = self._bars.add_task("", total=1), Pace()
            task, pace = self._parts[part.key]
            rate = pace.steps(part.share, now)
            left = f", {duration((1 - part.share) / rate)} left" if rate else ""
            self._bars.update(
                task, completed=part.share, description=f"  {describe_part(part)}{left}"
            )

    def __enter__(self) -> Self:
        self._stack.enter_context(self._bars)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How fast a training goes.

    Attributes:
        epochs: in a second.
        members: in a minute, None before the first.
        seconds_left: until all is done.
    """

    epochs: float
    members: float | None
    seconds_left: float


class Pace:
    """How fast it goes now: over the last `WINDOW` seconds, in which something was done.

    Time before the first epoch (loading, and members kept from before) does not count.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()
        self._epochs: Pace | None = None
        self._members: Pace | None = None

    def steps(self, done: float, now: float) -> float | None:
        """Return steps per second at the time `now` (s), None before there are any."""
        if not self._seen or done <= self._seen[0][1] or done < self._seen[-1][1]:
            # Nothing new since the first look, or another round: the clock begins anew.
            self._seen.clear()
        self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] < now - WINDOW:
            self._seen.popleft()
        start, before = self._seen[0]
        return (done - before) / (now - start) if done > before and now > start else None

    def rate(self, progress: Progress, now: float) -> Rate | None:
        """Return how fast a training goes at the time `now`, None before its first epoch."""
        self._epochs, self._members = self._epochs or Pace(), self._members or Pace()
        epochs = self._epochs.steps(progress.done, now)
        members = self._members.steps(progress.members_done, now)
        if progress.share is None:
            done, total = float(progress.done), float(progress.total)
        else:
            done, total = progress.share, 1.0
        steps = self.steps(done, now)
        if epochs is None or steps is None:
            return None
        return Rate(
            epochs=epochs,
            members=60 * members if members else None,
            seconds_left=(total - done) / steps,
        )


def describe(progress: Progress, rate: Rate | None) -> str:
    """Return e.g. "3/20 members, 15 %, 23,000 epochs/s, 4.0 s left, loss 0.2".

    Of a sweep the rate is that of members, as soon as some are through.
    """
    parts = [f"{progress.members_done:,}/{progress.members:,} members"]
    if progress.share is not None:
        parts.append(f"{int(100 * progress.share)} %")
    elif progress.total:
        parts.append(f"{100 * progress.done // progress.total} %")
    if rate:
        if rate.members is None or progress.share is None:
            parts.append(f"{rate.epochs:,.0f} epochs/s")
        else:
            parts.append(f"{rate.members:,.0f} members/min")
        parts.append(f"{duration(rate.seconds_left)} left")
    if progress.message:
        parts.append(progress.message)
    return ", ".join(parts)


def describe_part(part: PartProgress) -> str:
    """Return e.g. "61 % of 500 members: width 4, noise 0.5"."""
    word = "member" if part.members == 1 else "members"
    return f"{int(100 * part.share)} % of {part.members:,} {word}: {part.name}"


def duration(seconds: float) -> str:
    """Return a length of time in the unit a reader would choose."""
    if seconds < 0.95:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
