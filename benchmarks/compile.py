"""What the compiler costs: the first call ever, and the first call of a later process."""

import json
import os
import statistics
import subprocess
import sys
import tempfile

from benchmarks.machine import describe
from benchmarks.tables import digits, head, row

N_BUILDS = 1
N_LOADS = 5


def main() -> None:
    """Print a table with medians; every call is made by a fresh process."""
    print(f"first call: {describe()}")
    head("first call of a process", "wall, s", "processor, s", "goal")
    builds, loads = [], []
    for _ in range(N_BUILDS):
        with tempfile.TemporaryDirectory() as folder:
            builds.append(_call(folder))
            loads += [_call(folder) for _ in range(N_LOADS)]
    for name, calls, goal in (
        ("nothing on the disk: it builds", builds, "≤ 10 s"),
        ("the build is on the disk", loads, "≤ 0.5 s"),
    ):
        wall, cpu = (statistics.median(column) for column in zip(*calls, strict=True))
        row((name, digits(wall), digits(cpu), goal))


def _call(folder: str) -> tuple[float, float]:
    """Return wall and processor seconds of a first call with its builds in this folder."""
    environment = os.environ | {"NUMBA_CACHE_DIR": folder}
    command = [sys.executable, "-m", "benchmarks.first_call"]
    done = subprocess.run(command, check=True, capture_output=True, env=environment)
    wall, cpu = json.loads(done.stdout)
    return wall, cpu


if __name__ == "__main__":
    main()
