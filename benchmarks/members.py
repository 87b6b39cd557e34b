"""Train many members in this process and print what that took: python -m benchmarks.members N.

A process of its own for each number, so that none finds memory that another has left.
"""

import json
import resource
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import hold_one_core
from benchmarks.work import Work
from learnscope import fused
from learnscope.training.result import HISTORY

WORK = Work(name="2-4-4-1, 140 rows", hidden=(4, 4), activation="relu", rows=140, batch=140)
EPOCHS = 100
EVAL_EVERY = 5
LEAST_SECONDS = 1.0
"""Small numbers of members are trained again until that time is over."""


def main() -> None:
    """Train and print seconds and bytes per member as JSON."""
    n = int(sys.argv[1])
    hold_one_core()
    settings = {"training.eval_every": EVAL_EVERY}
    one = WORK.member(EPOCHS)
    one = replace(one, experiment=one.experiment.override(settings))
    fused.train_members([one], n_threads=1)
    before = _reset_peak()
    # The same data and first weights for all: what grows is what a member needs by itself.
    members = [replace(one, seed=i) for i in range(n)]
    seconds: list[float] = []
    while sum(seconds) < LEAST_SECONDS:
        start = time.process_time()
        results = fused.train_members(members, n_threads=1)
        seconds.append(time.process_time() - start)
        assert len(results) == n
        if len(seconds) == 1:
            memory = _peak() - before
        del results
    print(json.dumps({"seconds": statistics.median(seconds) / n, "bytes": memory / n}))


def needed() -> int:
    """Return bytes of the weights, the two moments and the history of a member."""
    weights = 3 * 4 * WORK.member(1).network.n_parameters()
    return weights + 8 * len(HISTORY) * (EPOCHS // EVAL_EVERY + 1)


def _reset_peak() -> int:
    """Set the largest resident size back to the present one, where the system can; return it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass
    return _peak()


def _peak() -> int:
    """Return the largest resident size in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        sizes = [row for row in status.read_text().splitlines() if row.startswith("VmHWM")]
        if sizes:
            return 1024 * int(sizes[0].split()[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
