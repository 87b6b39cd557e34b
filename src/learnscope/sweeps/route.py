"""Which trainer a sweep has: those of runs, or PyTorch with members in stacks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

from learnscope.errors import InputError, suggestion
from learnscope.models.network import DenseNetwork, Network
from learnscope.models.recurrent_network import RecurrentNetwork
from learnscope.training.member import Member
from learnscope.training.routes import choose_route
from learnscope.training.stackable import STACK, stack_obstacle

ShardRoute = Literal["fused", "torch", "stack"]
SweepRoute = Literal["auto", "torch", "fused", "stack"]

LEAST_SEEDS = STACK
"""Seeds of a point from which "auto" stacks them: those of one point fill a stack."""
MOST_WORK = 1_500_000
"""Multiply-adds of an update of one member up to which "auto" stacks. Of those in the table of
docs/performance.md, networks with fewer, LSTMs apart, are 1.8 to 3 times as fast in stacks; those
with more gain little or are slower."""


def choose_sweep_route(
    members: Sequence[Member], wanted: SweepRoute, n_members: int
) -> tuple[ShardRoute, str]:
    """Return the trainer of a sweep, and why in a few words.

    Args:
        members: one of each kind.
        wanted: a route to take; "auto" for the one that is expected to be faster.
        n_members: how many there are in all.

    Raises:
        InputError: there is no such route, or the one asked for cannot train a member.
    """
    words = get_args(SweepRoute)
    if wanted not in words:
        raise InputError(
            f"route must be one of {', '.join(words)}, got {wanted!r}."
            f"{suggestion(str(wanted), words)}"
        )
    if wanted == "stack":
        obstacle = next((text for m in members if (text := stack_obstacle(m))), None)
        if obstacle:
            raise InputError(
                f"--route stack cannot train this sweep: {obstacle}. Use '--route torch', which "
                "trains its members one by one."
            )
        return "stack", "asked for"
    choice = choose_route(members, wanted, n_members)
    if wanted == "auto" and choice.route == "torch" and all(map(_pays, members)):
        return "stack", f"{choice.reason}, and its members are faster in stacks"
    return choice.route, choice.reason


def _pays(member: Member) -> bool:
    """Return whether members like this one are known to train faster in stacks."""
    network = member.network
    if isinstance(network, DenseNetwork) or stack_obstacle(member) is not None:
        return False
    # PyTorch's own LSTM is so quick that stacks were 1.1 to 1.4 times as fast.
    if isinstance(network, RecurrentNetwork) and network.cells.cell == "lstm":
        return False
    rows, size = len(member.parts["train"].x), member.experiment.training.batch_size
    work = min(size or rows, rows) * multiply_adds(network)
    return member.experiment.seeds >= LEAST_SEEDS and work <= MOST_WORK


def multiply_adds(network: Network) -> int:
    """Return about how many multiply-adds a row takes: every weight, at all its places."""
    total = 0
    for _, shape, n_parameters in network.trace(1):
        # Images are (n, channels, height, width), sequences (n, steps, width).
        places = math.prod(shape[2:]) if len(shape) > 3 else math.prod(shape[1:-1])
        total += n_parameters * places
    return total
