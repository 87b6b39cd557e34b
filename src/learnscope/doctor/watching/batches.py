"""The rows that a loop trained on, put together from its batches."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from learnscope.doctor.watching.tape import same_rows

MAX_BYTES = 64 * 2**20
"""Bytes of inputs and targets that are kept at most."""


@dataclass(slots=True)
class Rows:
    """Collects each row of the first epoch once, and sees when the second one begins.

    An epoch ends with the first batch of which more than half of the rows were there before: rows
    that occur twice in the data do not end it. Once the second epoch's first batch has shown
    whether the order is a new one, nothing more is kept.

    Attributes:
        batch_size: rows of the first batch, the largest of an epoch.
        per_epoch: batches of an epoch, None while the first one lasts.
        shuffled: whether the second epoch has another order, None before it.
        closed: whether the collection is over.
        truncated: whether it ended because there were too many bytes.
    """

    batch_size: int = 0
    per_epoch: int | None = None
    shuffled: bool | None = None
    closed: bool = False
    truncated: bool = False
    _inputs: list[Tensor] = field(default_factory=list)
    _targets: list[Tensor] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _first: list[int] = field(default_factory=list)
    _bytes: int = 0

    def add(self, x: Tensor, y: Tensor) -> None:
        """Take a batch: x (b, ...), y (b, ...)."""
        if self.closed or not same_rows(x, y):
            return
        keys = _keys(x, y)
        if not self._inputs:
            self.batch_size = len(keys)
            self._first = keys
        elif self._again(keys):
            self.per_epoch = len(self._inputs)
            self.shuffled = keys != self._first
            self.closed = True
            self._seen.clear()
            return
        self._keep(x, y, keys)

    def _again(self, keys: list[int]) -> bool:
        return 2 * sum(key in self._seen for key in keys) > len(keys)

    def _keep(self, x: Tensor, y: Tensor, keys: list[int]) -> None:
        size = x.numel() * x.element_size() + y.numel() * y.element_size()
        if self._inputs and self._bytes + size > MAX_BYTES:
            self.closed = self.truncated = True
            self._seen.clear()
            return
        self._bytes += size
        self._seen.update(keys)
        self._inputs.append(x.detach().clone().cpu())
        self._targets.append(y.detach().clone().cpu())

    def batches(self) -> list[tuple[Tensor, Tensor]]:
        """Return the batches that are kept, in their order."""
        return list(zip(self._inputs, self._targets, strict=True))

    def data(self) -> tuple[Tensor, Tensor] | None:
        """Return X (n, ...) and y (n, ...), None where no batch came or they do not fit."""
        if not self._inputs:
            return None
        try:
            return torch.cat(self._inputs), torch.cat(self._targets)
        except (RuntimeError, TypeError):
            return None


def _keys(x: Tensor, y: Tensor) -> list[int]:
    """Return a number for each row, equal for equal rows of input and target."""
    xs = x.detach().cpu().contiguous()
    ys = y.detach().cpu().contiguous()
    return [
        hash((a.tobytes(), b.tobytes())) for a, b in zip(_bytes_of(xs), _bytes_of(ys), strict=True)
    ]


def _bytes_of(rows: Tensor) -> list[memoryview]:
    flat = rows.reshape(rows.shape[0], -1).contiguous()
    if flat.shape[1] == 0:
        return [memoryview(b"")] * flat.shape[0]
    raw = flat.view(torch.uint8).numpy()
    return [memoryview(row) for row in raw]
