"""How long members will train on either route, and what they take in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from learnscope.costs.rates import Rates, Trainer
from learnscope.costs.work import cost_of, fused_work, torch_work
from learnscope.models.network import DenseNetwork
from learnscope.training.member import Member
from learnscope.training.result import HISTORY
from learnscope.training.snapshots import snapshot_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What members will take on one route.

    Attributes:
        seconds: wall time, the loading of the trainer left out; without early stopping.
        threads: members trained at a time.
        measured: whether the rates behind it were measured on this machine.
    """

    seconds: float
    threads: int
    measured: bool


def estimate(
    members: Sequence[Member], trainer: Trainer, rates: Rates, n_members: int | None = None
) -> Estimate | None:
    """Return what the members will take on a route, None where the counts know nothing of it.

    Args:
        members: some members that stand for all.
        trainer: the route.
        rates: of that route.
        n_members: how many there are in all; left out, as many as are given.
    """
    from learnscope.fused.cost import cores

    if not all(map(is_counted, members)):
        return None
    count = fused_work if trainer == "fused" else torch_work
    each = [cost_of(count(member), rates.seconds) for member in members]
    n = len(members) if n_members is None else n_members
    threads = min(cores(), n) if trainer == "fused" else 1
    # No thread ends before the longest of its members.
    seconds = max(sum(each) / len(each) * n / threads, max(each))
    return Estimate(seconds=seconds, threads=threads, measured=rates.measured)


def is_counted(member: Member) -> bool:
    """Return whether the work of a member is counted: dense networks under plain gradients."""
    full_batch = member.experiment.training.optimizer.full_batch
    return isinstance(member.network, DenseNetwork) and not full_batch


def result_bytes(member: Member) -> int:
    """Return what a result takes: weights, history and snapshots."""
    training = member.experiment.training
    itemsize = 4 if training.precision == "float32" else 8
    history = len(training.evaluated()) * len(HISTORY) * 8
    weights = member.network.n_parameters() * itemsize
    return weights + history + snapshot_bytes(member.experiment, member.network)


def workspace_bytes(member: Member) -> int:
    """Return what a member at work takes besides: optimiser, gradients, activations."""
    network, n = member.network, len(member.parts["train"].x)
    itemsize = 4 if member.experiment.training.precision == "float32" else 8
    per_row = sum(math.prod(shape) for _, shape, _ in network.trace(1))
    return itemsize * (6 * network.n_parameters() + 3 * min(n, 8192) * per_row)
