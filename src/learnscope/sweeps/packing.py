"""The result of a shard as bytes: rows of the table as JSON, weights and histories as tensors.

The bytes are those of a safetensors file: nothing in them could run, and all of it is checked
before it is used.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.models.network import Parameters
from learnscope.tensors import parse_head
from learnscope.training.result import Status

KEPT_HISTORY = (
    "epoch",
    "train_loss",
    "validation_loss",
    "test_loss",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "gradient_norm",
    "weight_norm",
    "dead_units",
)
"""Columns of a history that an atlas keeps, as float32."""

_TYPES = {"F32": np.float32, "F64": np.float64}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Row:
    """A member of an atlas.

    Attributes:
        seed: its root seed.
        status: how its training ended, see `Result`.
        cause: why it diverged, "" where it did not.
        epochs: whole epochs done.
        best_epoch: epoch whose weights are kept.
        seconds: time of its training.
        values: name of a measure -> value, NaN where it does not apply.
        parameters: the weights.
        history: (t, c) float32, columns as in `KEPT_HISTORY`.
    """

    seed: int
    status: Status
    cause: str
    epochs: int
    best_epoch: int
    seconds: float
    values: Mapping[str, float]
    parameters: Parameters
    history: Array

    def mark(self) -> str:
        """Return 16 hexadecimal digits that change when any bit of the weights does."""
        digest = hashlib.sha256()
        for name in sorted(self.parameters):
            array = np.ascontiguousarray(self.parameters[name])
            digest.update(f"{name} {array.shape} {_word(array.dtype)}".encode())
            digest.update(array.view(np.uint8).data)
        return digest.hexdigest()[:16]


@cache
def _word(dtype: np.dtype[Any]) -> str:
    # NumPy makes this word anew each time, which took half of the time of a mark.
    return str(dtype)


def pack(points: Sequence[int], rows: Sequence[Row], epochs: int | None = None) -> bytes:
    """Return the members of a shard as bytes.

    Args:
        points: place of each member's point in the shard; equal ones stand beside each other.
        rows: the members.
        epochs: what was trained for them, fewer than they have where some went on from a state;
            left out, all that they have.
    """
    from safetensors.numpy import save

    if epochs is None:
        epochs = sum(row.epochs for row in rows)
    arrays: dict[str, Array] = {}
    for point, group in groupby(zip(points, rows, strict=True), key=lambda pair: pair[0]):
        members = [row for _, row in group]
        for name in members[0].parameters:
            stack = np.stack([row.parameters[name] for row in members])
            arrays[f"{point}/p/{name}"] = stack
        arrays[f"{point}/h"] = _padded([row.history for row in members])
    plain = [{"point": point, **_plain(row)} for point, row in zip(points, rows, strict=True)]
    return save(arrays, metadata={"learnscope": json.dumps(plain), "epochs": str(epochs)})


def epochs_of(data: bytes) -> int:
    """Return the epochs that were trained for a shard whose bytes can be unpacked."""
    length = struct.unpack("<Q", data[:8])[0]
    return int(json.loads(data[8 : 8 + length])["__metadata__"]["epochs"])


def unpack(data: bytes) -> list[tuple[int, Row]]:
    """Return the members of a shard: place of the point in the shard, and the member.

    Raises:
        DataError: the bytes are cut short, damaged, or not those of a shard.
    """
    try:
        arrays, plain = _read(data)
        found = []
        for point, group in groupby(plain, key=lambda row: int(row["point"])):
            inside = f"{point}/p/"
            own = {k.removeprefix(inside): v for k, v in arrays.items() if k.startswith(inside)}
            for i, row in enumerate(group):
                parameters = {name: stack[i] for name, stack in own.items()}
                found.append((point, _row(row, parameters, arrays[f"{point}/h"][i])))
        return found
    except (KeyError, TypeError, ValueError, IndexError, struct.error) as error:
        raise DataError(
            f"The result of a shard is damaged ({type(error).__name__}: {error}). It is trained "
            "again when the sweep is resumed."
        ) from None


def _padded(histories: Sequence[Array]) -> Array:
    """Return histories (r, t, c), those that ended early filled up with NaN."""
    longest = max(map(len, histories))
    whole = np.full((len(histories), longest, len(KEPT_HISTORY)), np.nan, dtype=np.float32)
    for i, history in enumerate(histories):
        whole[i, : len(history)] = history
    return whole


def _plain(row: Row) -> dict[str, Any]:
    values = {name: None if math.isnan(v) else v for name, v in row.values.items()}
    return {
        "seed": row.seed,
        "status": row.status,
        "cause": row.cause,
        "epochs": row.epochs,
        "best_epoch": row.best_epoch,
        "seconds": row.seconds,
        "looks": len(row.history),
        "values": values,
    }


def _row(plain: Mapping[str, Any], parameters: Parameters, history: Array) -> Row:
    values = {str(k): math.nan if v is None else float(v) for k, v in plain["values"].items()}
    return Row(
        seed=int(plain["seed"]),
        status=plain["status"],
        cause=str(plain["cause"]),
        epochs=int(plain["epochs"]),
        best_epoch=int(plain["best_epoch"]),
        seconds=float(plain["seconds"]),
        values=values,
        parameters=parameters,
        history=history[: int(plain["looks"])],
    )


def _read(data: bytes) -> tuple[dict[str, Array], list[dict[str, Any]]]:
    length = struct.unpack("<Q", data[:8])[0]
    head = parse_head(data[8 : 8 + length])
    if head is None:
        raise ValueError("its beginning is no head")
    body = memoryview(data)[8 + length :]
    arrays = {}
    for name, entry in head.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        dtype = np.dtype(_TYPES[entry["dtype"]])
        if end > len(body):
            raise ValueError("it is cut short")
        arrays[name] = np.frombuffer(body[start:end], dtype=dtype).reshape(entry["shape"])
    return arrays, json.loads(head["__metadata__"]["learnscope"])
