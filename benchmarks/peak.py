"""How much of what the core can do at most each full-batch network reaches."""

import statistics

from benchmarks.comparison import PAIRS, length, per_update
from benchmarks.fma import LANES, peak
from benchmarks.full_batch import works
from benchmarks.machine import describe, hold_one_core
from benchmarks.rivals import Fused
from benchmarks.tables import digits, head, row
from benchmarks.work import Work

GOALS = ("–", "–", "≥ 35 %", "≥ 50 %")


def main() -> None:
    """Print the peak, then a table."""
    hold_one_core()
    print(f"share of the peak, one core: {describe()}")
    most = max(peak() for _ in range(PAIRS))
    print(f"peak: {most / 1e9:.0f} GFLOP/s of float32 in vectors of {LANES}")
    head("network", "activation", "kFLOP of an update", "us", "GFLOP/s", "of the peak", "goal")
    for activation in ("relu", "tanh"):
        for work, goal in zip(works(activation), GOALS, strict=True):
            _row(work, goal)


def _row(work: Work, goal: str) -> None:
    training = Fused().prepare(work, 1)
    epochs = length(training)
    pairs = [(per_update(training, work, 1, epochs), peak()) for _ in range(PAIRS)]
    seconds = statistics.median(a for a, _ in pairs)
    share = statistics.median(work.flops / a / most for a, most in pairs)
    row(
        (
            work.name,
            work.activation,
            digits(work.flops / 1e3),
            digits(1e6 * seconds),
            digits(work.flops / seconds / 1e9),
            f"{100 * share:.0f} %",
            goal,
        )
    )


if __name__ == "__main__":
    main()
