"""A rival and ourselves at the same work: first that both learn the same, then the time of each.

Times are processor seconds of a process that is held on one core, so that the time others take on
a shared machine does not count. A rival's run is followed by one of ours at once, and the ratio is
the median over such pairs. What is done once (imports, compilation, the first call) is left out.
"""

import statistics
import time
from dataclasses import dataclass

from benchmarks.rivals.base import Rival, Training, block_of
from benchmarks.rivals.learnscope_fused import Fused
from benchmarks.work import Work

PAIRS = 3
SECONDS = 0.15
"""About how long one run of a pair takes."""
DEVIATION = 0.01
"""How far the loss of a rival may be from ours, in parts of what the training has gained. Sums in
another order change float32 losses by 1e-6, which hundreds of updates make larger; another
learning rate, a wrong gradient or another loss would show in tenths."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Seconds of one update of one network, and how many times ours the rival's are."""

    rival: float
    ours: float
    ratio: float


class Different(Exception):
    """A rival has not trained what we have trained; the message says by how much."""


def compare(rival: Rival, work: Work, stack: int) -> Pair:
    """Check that the rival trains the same, then measure it.

    Raises:
        Different: its loss after the first updates is not ours.
    """
    timed, ours = rival.prepare(work, stack), Fused().prepare(work, 1)
    check(work, stack, timed, ours)
    lengths = length(timed), length(ours)
    pairs = [
        (per_update(timed, work, stack, lengths[0]), per_update(ours, work, 1, lengths[1]))
        for _ in range(PAIRS)
    ]
    slow, fast = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Pair(rival=slow, ours=fast, ratio=statistics.median(a / b for a, b in pairs))


def check(work: Work, stack: int, rival: Training, learnscope: Training) -> float:
    """Return how far the loss after some updates is from ours, in parts of the gain so far."""
    epochs = block_of(work, stack)
    # Batches in the rows' own order are the same for everybody.
    theirs, ours = (work.loss(t.train(epochs, shuffle=False)) for t in (rival, learnscope))
    gain = work.loss(work.layers()) - ours
    deviation = abs(theirs - ours) / gain
    if not deviation <= DEVIATION:
        raise Different(
            f"after {epochs} epochs its loss is {theirs:.6f} and ours {ours:.6f}, from "
            f"{ours + gain:.6f}"
        )
    return deviation


def length(training: Training) -> int:
    """Return epochs that take about `SECONDS`; what is compiled is compiled before."""
    training.train(training.block)
    epochs = training.block
    while (seconds := _seconds(training, epochs)) < SECONDS / 4:
        epochs *= 4
    return training.block * max(1, round(epochs / training.block * SECONDS / seconds))


def per_update(training: Training, work: Work, stack: int, epochs: int) -> float:
    """Return seconds of an update of one network of the stack."""
    return _seconds(training, epochs) / (epochs * work.updates * stack)


def _seconds(training: Training, epochs: int) -> float:
    start = time.process_time()
    training.train(epochs)
    return time.process_time() - start
