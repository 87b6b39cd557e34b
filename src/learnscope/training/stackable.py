"""Which members can train as a stack, and which of them together. Needs no PyTorch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.conv_network import ConvNetwork
from learnscope.models.network import DenseNetwork
from learnscope.models.recurrent_network import RecurrentNetwork
from learnscope.training.member import Member

STACK = 8
"""Members of a stack. One with fewer is filled up, as sums may be taken in another order in stacks
of another width. Most of the gain is there: `python -m benchmarks stacks`."""

STACKED = (AutoencoderNetwork, ConvNetwork, DenseNetwork, RecurrentNetwork)
"""Networks that train as stacks. Those that write sequences look at their own numbers to decide
what they do next, which a stack cannot."""


def stack_obstacle(member: Member) -> str | None:
    """Return None where a member can train in a stack, else one short reason."""
    training = member.experiment.training
    if not isinstance(member.network, STACKED):
        return f"the model {member.experiment.model.kind_name()} does not train in stacks"
    if training.optimizer.full_batch:
        return f"the optimizer {training.optimizer.kind_name()} does not train in stacks"
    unset = ("stopping", "snapshots", "clip_norm", "clip_value")
    for name in unset:
        if getattr(training, name) is not None:
            return f"training.{name} is not done in stacks"
    if training.dropout:
        return "training.dropout is not done in stacks"
    if member.parts["train"].weight is not None:
        return "rows with weights do not train in stacks"
    return None


def stack_kind(member: Member) -> Hashable:
    """Return what members of one stack have in common: shapes and training settings."""
    part = member.parts["train"]
    return member.network, member.experiment.training, part.x.shape, part.y.shape


def slot_of(member: Member) -> int:
    """Return the place of a member in whatever stack it trains: it is that of its seed.

    Sums may be taken in another order at another place, so it must not depend on the others.
    """
    return member.seed % STACK


def stacks_of(members: Sequence[Member]) -> list[list[int]]:
    """Return which members are in each stack; every member is in one, alone at its place."""
    kinds: dict[Hashable, list[list[int]]] = {}
    taken: dict[Hashable, int] = {}
    for i, member in enumerate(members):
        kind = stack_kind(member)
        stacks, place = kinds.setdefault(kind, []), (kind, slot_of(member))
        turn = taken.get(place, 0)
        taken[place] = turn + 1
        if turn == len(stacks):
            stacks.append([])
        stacks[turn].append(i)
    return [stack for stacks in kinds.values() for stack in stacks]
