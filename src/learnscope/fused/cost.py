"""What a training on this route costs, before it is begun."""

import os
from collections.abc import Sequence

from learnscope.training.member import Member


def cores() -> int:
    """Return how many cores this process may use: so many threads train at once."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system can restrict a process
        return os.cpu_count() or 1


def estimate_seconds(members: Sequence[Member], n_threads: int = 1) -> float:
    """Return about how long the fused training of the members takes, compilation left out.

    See `learnscope.costs`; where the machine was not measured yet, the rates are assumed ones.
    """
    from learnscope.costs import known_rates
    from learnscope.costs.work import cost_of, fused_work

    rates = known_rates("fused").seconds
    total = sum(cost_of(fused_work(member), rates) for member in members)
    return total / max(1, min(n_threads, len(members)))
