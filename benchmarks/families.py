"""What a command takes together with all the processes that it starts."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

LOOK_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyCost:
    """What a command and its children took.

    Attributes:
        wall: seconds from start to end.
        cpu: seconds of processor time, of all processes that were waited for by their parents.
        memory: largest sum of their memory in MB, looked at five times a second. A page that
            several share counts once in all where the system tells (Linux), else for each.
        words: what it printed last, cut at blanks.
    """

    wall: float
    cpu: float
    memory: float
    words: tuple[str, ...]


def measure_family(command: Sequence[str]) -> FamilyCost:
    """Run a command to its end; one that fails ends the benchmark."""
    import psutil

    began, most = time.perf_counter(), 0.0
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched = psutil.Process(process.pid)
    while True:
        # The system's own sum, of processes too short to be seen.
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        wall = time.perf_counter() - began
        if pid:
            break
        with contextlib.suppress(psutil.Error):
            most = max(most, sum(map(_bytes, [watched, *watched.children(recursive=True)])))
        time.sleep(LOOK_SECONDS)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    assert process.stdout is not None
    return FamilyCost(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=most / 2**20,
        words=tuple(process.stdout.read().split()),
    )


def _bytes(process: object) -> float:
    import psutil

    assert isinstance(process, psutil.Process)
    with contextlib.suppress(psutil.Error):
        full = process.memory_full_info()
        return float(getattr(full, "pss", full.rss))
    return 0.0
