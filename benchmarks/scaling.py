"""Two threads against one, and what a member costs when there are many."""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace

from benchmarks.comparison import PAIRS
from benchmarks.machine import describe
from benchmarks.members import EPOCHS, EVAL_EVERY, needed
from benchmarks.members import WORK as SMALL
from benchmarks.tables import digits, head, row
from benchmarks.work import Work
from learnscope import fused
from learnscope.training.member import Member

WORK = Work(name="2-8-8-8-1, 140 rows", hidden=(8, 8, 8), activation="relu", rows=140, batch=140)
N_MEMBERS = 1000
THREAD_EPOCHS = 700
SIZES = (100, 1_000, 10_000, 100_000)


def main() -> None:
    """Print both tables."""
    print(f"scaling: {describe()}")
    _threads()
    _members()


def _threads() -> None:
    member = WORK.member(THREAD_EPOCHS)
    members = [replace(member, seed=i) for i in range(N_MEMBERS)]
    fused.train_members([member])
    pairs = [(_wall(members, 1), _wall(members, 2)) for _ in range(PAIRS)]
    one, two = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    head(f"{N_MEMBERS:,} members of {WORK.name}", "1 thread, s", "2 threads, s", "ratio", "goal")
    row(
        (f"{THREAD_EPOCHS} epochs, wall clock", digits(one), digits(two), f"{ratio:.2f}x", "≥ 1.9x")
    )


def _wall(members: list[Member], n_threads: int) -> float:
    start = time.perf_counter()
    fused.train_members(members, n_threads=n_threads)
    return time.perf_counter() - start


def _members() -> None:
    least = needed()
    print(
        f"\n{SMALL.name}, {EPOCHS} epochs, a row of the history every {EVAL_EVERY}: weights, ",
        end="",
    )
    print(f"moments and history of a member are {least:,} bytes")
    head("members", "ms per member", "against 100", "goal", "bytes per member", "times", "goal")
    first = 0.0
    for n in SIZES:
        command = [sys.executable, "-m", "benchmarks.members", str(n)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        first = first or told["seconds"]
        times = told["bytes"] / least
        row(
            (
                f"{n:,}",
                f"{1e3 * told['seconds']:.3f}",
                f"{told['seconds'] / first:.2f}x",
                "0.9–1.1x",
                f"{told['bytes']:,.0f}",
                f"{times:.1f}x",
                "≤ 2x",
            )
        )


if __name__ == "__main__":
    main()
