"""Ctrl-C: the first one asks the training to stop, the second one ends the program."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """A wish to stop. Calling it tells whether the wish was made."""

    def __init__(self) -> None:
        self._wished = False

    def __call__(self) -> bool:
        """Whether the training should stop."""
        return self._wished

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Take a signal: the first is a wish, the second is an order."""
        # os.write, as a handler may come in the middle of another write to stderr.
        if self._wished:
            _tell("\x1b[?25h" if sys.stderr.isatty() else "")
            # Compiled code in other threads cannot be asked; what is on disk is whole.
            os._exit(130)
        self._wished = True
        _tell("\nlearnscope: stopping; what is finished is being kept (again: end at once).\n")


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, text.encode())


@contextlib.contextmanager
def stopping() -> Iterator[Stop]:
    """Turn SIGINT and SIGTERM into a wish to stop while the block runs."""
    stop = Stop()
    # Python lets only the main thread set handlers.
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    old = {number: signal.signal(number, stop.on_signal) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
