"""Where a training stands between two updates: all it takes to go on from there exactly.

The order of the rows and the dropout masks follow from the member's keys and the position, so
no state of a random generator belongs to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from learnscope.arrays import Array
from learnscope.models.network import Parameters
from learnscope.training.member import Member
from learnscope.training.result import HISTORY


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainingState:
    """The state of a training after an update, or before the first one.

    Attributes:
        epoch: epochs done, evaluation included; -1 before the evaluation of the first weights.
        batch: updates done in the epoch under way, fewer than `n_batches`.
        total: sum of the losses over the rows of these updates, each taken before its update.
        count: sum of their counts, see `Loss`.
        parameters: the weights, in the type of the training.
        optimizer: what PyTorch's optimiser remembers: name -> array.
        history: column -> (t,) float64, see `HISTORY`.
        best_epoch: epoch of the lowest validation loss so far; -1 without early stopping.
        best: its weights; {} without early stopping.
        seconds: time spent so far.
        snapshots: weights kept on the way: name -> (s, ...); {} before there are any.
    """

    epoch: int
    batch: int
    total: float
    count: float
    parameters: Parameters
    optimizer: Mapping[str, Array]
    history: Mapping[str, Array]
    best_epoch: int
    best: Parameters
    seconds: float
    snapshots: Parameters = field(default_factory=dict)


def first_state(member: Member) -> TrainingState:
    """Return the state before anything was done."""
    dtype = member.experiment.training.precision
    return TrainingState(
        epoch=-1,
        batch=0,
        total=0.0,
        count=0.0,
        parameters={name: w.astype(dtype) for name, w in member.initial.items()},
        optimizer={},
        history={column: np.empty(0) for column in HISTORY},
        best_epoch=-1,
        best={},
        seconds=0.0,
    )


def n_batches(member: Member) -> int:
    """Return the updates in an epoch: ceil(n / batch_size), a smaller last batch included."""
    n, size = len(member.parts["train"].x), member.experiment.training.batch_size
    return 1 if size is None else -(-n // size)


def n_rows(member: Member, epoch: int) -> int:
    """Return the rows that the history has when `epoch` epochs are done."""
    return sum(e <= epoch for e in member.experiment.training.evaluated())


def n_snapshots(member: Member, epoch: int) -> int:
    """Return the snapshots that there are when `epoch` epochs are done."""
    return sum(e <= epoch for e in member.experiment.training.snapshot_epochs())
