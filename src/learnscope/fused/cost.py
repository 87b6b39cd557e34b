"""What a training costs, before it is begun."""

import os
from collections.abc import Sequence

from learnscope.training.member import Member

SECONDS_PER_MULTIPLY_ADD = 2.0e-11
"""Rough constants for one core with 512-bit vectors, of the right order of magnitude: products of
64 x 64 x 560 reach 110 GFLOP/s there. `benchmarks/fused.py` prints what a machine does."""
SECONDS_PER_ACTIVATION = 2.0e-10
SECONDS_PER_WEIGHT = 3.0e-10
SECONDS_PER_UPDATE = 3.0e-7


def cores() -> int:
    """Return how many cores this process may use: so many threads train at once."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system can restrict a process
        return os.cpu_count() or 1


def estimate_seconds(members: Sequence[Member], n_threads: int = 1) -> float:
    """Return about how long the fused training of the members takes, compilation left out."""
    return sum(_seconds(member) for member in members) / max(1, min(n_threads, len(members)))


def _seconds(member: Member) -> float:
    training, network = member.experiment.training, member.network
    n = len(member.parts["train"].x)
    n_updates = training.epochs * (
        1 if training.batch_size is None else -(-n // training.batch_size)
    )
    products = 3 * sum(layer.n_in * layer.n_out for layer in network.layers)
    units = sum(layer.n_out for layer in network.layers)
    per_row = products * SECONDS_PER_MULTIPLY_ADD + units * SECONDS_PER_ACTIVATION
    per_update = network.n_parameters() * SECONDS_PER_WEIGHT + SECONDS_PER_UPDATE
    return training.epochs * n * per_row + n_updates * per_update
