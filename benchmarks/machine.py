"""What a figure was measured on, and how a command is measured."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a command took.

    Attributes:
        wall: seconds from start to end.
        cpu: seconds of processor time, of all its threads.
        memory: largest resident size in MB.
        first: seconds until the awaited file was there, or None.
    """

    wall: float
    cpu: float
    memory: float
    first: float | None


def describe() -> str:
    """Name the processor, the cores, the load and the versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [row for row in info.read_text().splitlines() if row.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    load = ", ".join(f"{x:.2f}" for x in os.getloadavg())
    return f"{model}, {os.cpu_count()} cores, load {load}, Python {platform.python_version()}"


def hold_one_core() -> None:
    """Hold this process, and the threads it will start, on one core: the last it may use.

    Libraries that are loaded already are told; those to come read the environment.
    """
    import threadpoolctl

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    threadpoolctl.threadpool_limits(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def measure(command: Sequence[str], awaited: tuple[Path, str] | None = None) -> Cost:
    """Run a command to its end; `awaited` is a folder and a pattern of the file to wait for."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    first: float | None = None
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        now = time.perf_counter() - start
        if awaited and first is None and any(awaited[0].glob(awaited[1])):
            first = now
        if pid:
            break
        time.sleep(0.005)
    if status:
        assert process.stderr is not None
        sys.exit(f"{' '.join(command)} failed:\n{process.stderr.read().decode()[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(wall=now, cpu=cpu, memory=usage.ru_maxrss / 1024, first=first)
