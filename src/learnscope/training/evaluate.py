"""How good the weights are after an epoch, in the number type of the training, without dropout.

This file imports PyTorch: import it where it is used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from learnscope.arrays import ALIGNMENT, Array
from learnscope.models.network import MOST_ROWS, rows_at_once
from learnscope.training.losses import Loss
from learnscope.training.member import Examples, Member
from learnscope.training.module import NetworkModule
from learnscope.training.split import PARTS, Part

SHARED_BYTES = 1 << 20
"""Size from which examples are not copied for PyTorch."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Data:
    """Examples as tensors; x (n, d), y (n, k) or (n,), weight (n,) or None."""

    x: Tensor
    y: Tensor
    weight: Tensor | None

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: slice | Tensor) -> "Data":
        """Return some of the rows."""
        weight = None if self.weight is None else self.weight[rows]
        return Data(x=self.x[rows], y=self.y[rows], weight=weight)

    def blocks(self, size: int = MOST_ROWS) -> Iterator["Data"]:
        """Yield the rows in blocks of `size`."""
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size))


def as_data(examples: Examples) -> Data:
    """Return examples as tensors, none of which is ever written to."""
    x = _as_tensor(examples.x)
    y = x if examples.y is examples.x else _as_tensor(examples.y)
    weight = None if examples.weight is None else _as_tensor(examples.weight)
    return Data(x=x, y=y, weight=weight)


def _as_tensor(array: Array) -> Tensor:
    """Return an array as a tensor: a copy, unless it is large and lies where a tensor would.

    The bits of a matrix product may depend on where its operands lie; a tensor begins at an
    aligned address, and so do images, which are too large to have twice.
    """
    small = array.nbytes < SHARED_BYTES
    if small or array.ctypes.data % ALIGNMENT or not array.flags.c_contiguous:
        return torch.tensor(array)
    alias = array.view()
    # PyTorch has no tensors that cannot be written to, and warns of them.
    try:
        alias.flags.writeable = True
    except ValueError:
        return torch.tensor(array)
    return torch.from_numpy(alias)


def mean_loss(loss: Loss, total: float, count: float) -> float:
    """Return the mean over all rows from sums over batches (T21); "sum" stays a sum."""
    if is_summed(loss):
        return total
    return total / count if count else float("nan")


def is_summed(loss: Loss) -> bool:
    """Return whether the loss does not divide by its count."""
    return loss.model_dump().get("reduction") == "sum"


def evaluate(module: NetworkModule, member: Member, data: Mapping[Part, Data]) -> dict[str, float]:
    """Return the columns of a row of the history that the weights alone decide.

    Losses and accuracies of the parts that have rows, the norm of all weights, dead units.
    """
    row: dict[str, float] = {}
    with torch.no_grad():
        for part in PARTS:
            if part in data:
                row |= _evaluate_part(module, member, part, data[part])
        squares = (w.double().square().sum() for w in module.parameters())
        row["weight_norm"] = float(sum(squares, torch.zeros((), dtype=torch.float64)).sqrt())
    return row


def _evaluate_part(
    module: NetworkModule, member: Member, part: Part, data: Data
) -> dict[str, float]:
    loss = member.experiment.training.loss
    total, count, labels = 0.0, 0.0, []
    constant: list[Tensor] = []
    first: list[Tensor] = []
    for block in data.blocks(rows_at_once(member.network)):
        *hidden, output = module.activations(block.x)
        block_total, block_count = loss.tensor(output, block.y, block.weight)
        total, count = total + float(block_total), count + float(block_count)
        if member.head.task == "classification":
            labels.append(member.head.labels(output.numpy()))
        if part == "train":
            first = first or [a[0] for a in hidden]
            same = [_units(a == f) for a, f in zip(hidden, first, strict=True)]
            constant = [a & b for a, b in zip(constant or same, same, strict=True)]
    row = {f"{part}_loss": mean_loss(loss, total, count)}
    if labels:
        right = np.concatenate(labels) == member.sample.y[getattr(member.rows, part)]
        row[f"{part}_accuracy"] = float(right.mean())
    if part == "train":
        row["dead_units"] = float(sum(int(units.sum()) for units in constant))
    return row


def _units(same: Tensor) -> Tensor:
    """Return which units (h,) are the same on all rows (n, h, ...), at all their places."""
    return same.all(dim=0).reshape(same.shape[1], -1).all(dim=1)
