"""PyTorch's global settings and the interrupt signal while a training runs.

This file imports PyTorch: import it where it is used.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

import torch


class _Threads:
    """PyTorch's number of threads, which all threads of the process share.

    The first training that begins notes it, the last one that ends puts it back.
    """

    def __init__(self) -> None:
        self._lock, self._users, self._before = threading.Lock(), 0, 1

    @contextmanager
    def one(self) -> Iterator[None]:
        with self._lock:
            if self._users == 0:
                self._before = torch.get_num_threads()
            self._users += 1
            torch.set_num_threads(1)
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    torch.set_num_threads(self._before)


_THREADS = _Threads()


@contextmanager
def _small_numbers() -> Iterator[None]:
    """Keep numbers below 1e-38 in this thread, and undo it.

    Processors can be set to take them for 0, and libraries compiled with fast mathematics do so
    for the whole process when they are loaded; the same training would then give other bits.
    """
    flushed = float(torch.tensor(1e-40, dtype=torch.float32, device="cpu") * 1.0) == 0.0
    if flushed:
        torch.set_flush_denormal(False)
    try:
        yield
    finally:
        if flushed:
            torch.set_flush_denormal(True)


@contextmanager
def own_settings() -> Iterator[None]:
    """Train on one thread of the CPU with gradients on, whatever the caller has set; undo it.

    One thread, because a sum that is divided among threads depends on how many there are.
    """
    cpu = torch.device("cpu")
    # Entering a device costs a little in every call, so only where another one is set.
    device = nullcontext() if torch.get_default_device() == cpu else cpu
    with (
        _THREADS.one(),
        _small_numbers(),
        device,
        torch.inference_mode(False),
        torch.enable_grad(),
    ):
        yield


class Interrupt:
    """Remembers that Ctrl-C was pressed, so that an update is never torn in two.

    The first press is remembered; a second one breaks off at once. Only in the main thread and
    only where nobody else handles the signal: a caller with a handler of its own passes
    `should_stop`.
    """

    def __init__(self) -> None:
        self.pressed = False

    def _press(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while the block runs, then give the signal back."""
        main = threading.current_thread() is threading.main_thread()
        if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._press)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
