"""The process of a worker: shards in over a socket, events out, until the driver is gone.

Started as `python -m learnscope.engines.worker SOCKET PARENT MEGABYTES` by
`learnscope.engines.processes`, with the socket's end open.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from multiprocessing.connection import Connection

from learnscope.engines.base import Event
from learnscope.engines.wire import event_to_bytes

READY = "ready"
"""Key of the first message of a worker."""
CANCEL = b"cancel"
"""Message of the driver: stop the shard at work. All others are shards, as JSON."""
_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of linux/prctl.h."""


def main() -> None:
    """Serve the driver at the other end of the socket."""
    handle, parent, megabytes = (int(word) for word in sys.argv[1:4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(parent)
    _limit_memory(megabytes)
    serve(Connection(handle))


def _die_with(parent: int) -> None:
    """End with the driver even where it is killed: Linux sends the signal.

    Elsewhere the end of the socket tells (see `_Inbox`), which takes until the interpreter turns.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Let what is asked for beyond a limit fail, instead of the machine."""
    if megabytes:
        import resource

        size = megabytes << 20
        with contextlib.suppress(OSError, ValueError):  # some systems have no such limit
            resource.setrlimit(resource.RLIMIT_DATA, (size, size))


class _Inbox:
    """Reads what the driver sends while a shard is at work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.shards: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.stop = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                message = self._connection.recv_bytes()
            except (EOFError, OSError):
                os._exit(0)
            if message == CANCEL:
                self.stop.set()
            else:
                self.stop.clear()
                self.shards.put(message)


def serve(connection: Connection) -> None:
    """Train what comes, one shard at a time; ends with the process."""

    def tell(event: Event) -> None:
        try:
            connection.send_bytes(event_to_bytes(event))
        except OSError:
            os._exit(0)

    inbox = _Inbox(connection)
    tell(Event(kind="progress", key=READY))
    # PyTorch is imported after the word that the worker is there.
    from learnscope.engines.work import outcome
    from learnscope.sweeps.shard import read_shard

    while True:
        shard = read_shard(inbox.shards.get().decode())
        end = outcome(shard, tell=tell, should_stop=inbox.stop.is_set)
        tell(end or Event(kind="failed", key=shard.key, text="Stopped."))


if __name__ == "__main__":
    main()
