"""A training state as one file that is there whole or not at all, and that runs no code.

The file is in the safetensors format (github.com/huggingface/safetensors): eight bytes with the
length of a JSON header, the header with the name, type, shape and place of every array and with
text for the numbers of the state, then the arrays. What a file must hold follows from the
member, and is compared with the header before any array is read.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.experiment import Experiment
from learnscope.files import replace_whole, write_whole
from learnscope.tensors import MAX_HEAD, parse_head
from learnscope.training.member import Member
from learnscope.training.optimizers.memory import Layout, layout
from learnscope.training.result import HISTORY
from learnscope.training.state import TrainingState, n_batches, n_rows, n_snapshots

FORMAT = "learnscope checkpoint 1"

_TYPES = {"F32": "float32", "F64": "float64"}
_WHOLE = ("epoch", "batch", "best_epoch")
_REAL = ("total", "count", "seconds")


class _Unfit(Exception):
    """Why a file cannot be used, as the middle of a sentence."""


def save_checkpoint(
    path: Path, member: Member, state: TrainingState, *, durable: bool = True
) -> None:
    """Write the state of a member's training, replacing an older file at once and for good.

    Args:
        path: the file.
        member: whose training it is.
        state: where that stands.
        durable: whether the file outlives the loss of power from then on; what it leaves of one
            that is not is told from a whole one when it is read. Many small ones take ten times
            as long when they are.

    Raises:
        DataError: the file cannot be written.
    """
    from safetensors.numpy import save

    numbers = {name: getattr(state, name) for name in (*_WHOLE, *_REAL)}
    # An array that is not in the order of C would be written with its numbers mixed up.
    arrays = {name: np.array(value, order="C") for name, value in _arrays(state).items()}
    metadata = {
        "format": FORMAT,
        "settings": _settings_digest(member),
        "seed": str(member.seed),
        "data": _data_digest(member),
        "state": json.dumps(numbers),
        "arrays": _arrays_digest(arrays),
    }
    metadata["check"] = _digest([json.dumps(metadata, sort_keys=True).encode()])
    data = save(arrays, metadata=metadata)
    if durable:
        write_whole(path, data)
    else:
        replace_whole(path, lambda temporary: _write(temporary, data), durable=False)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def load_checkpoint(path: Path, member: Member) -> TrainingState | None:
    """Read a state from which this member's training goes on.

    Returns:
        The state; None where there is no file, or where it is that of another seed of the same
        experiment: members that are trained one after the other share a file.

    Raises:
        DataError: the file cannot be read, is damaged or of another kind, or was written for
            other settings or other data.
    """
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size, member)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(
            f"The checkpoint {str(path)!r} cannot be read: {error.strerror or error}."
        ) from None
    except _Unfit as reason:
        raise DataError(
            f"The checkpoint {str(path)!r} {reason}. Delete it to train from the start."
        ) from None


def _read(file: BinaryIO, size: int, member: Member) -> TrainingState | None:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    header, start = _header(file, size)
    metadata = _metadata(header)
    if metadata.get("settings") != _settings_digest(member):
        raise _Unfit("was written for other settings")
    if metadata.get("seed") != str(member.seed):
        return None
    if metadata.get("data") != _data_digest(member):
        raise _Unfit("was written for other data")
    numbers = _numbers(metadata, member)
    wanted = _layout(member, numbers, header)
    _compare(header, wanted)
    content = sum(math.prod(shape) * np.dtype(dtype).itemsize for shape, dtype in wanted.values())
    if size != start + content:
        raise _Unfit(f"is cut off or padded: {size} bytes, not {start + content}")
    file.seek(0)
    try:
        arrays = load(file.read(size))
    except (SafetensorError, ValueError) as error:
        raise _Unfit(f"is damaged ({error})") from None
    if _arrays_digest(arrays) != metadata.get("arrays"):
        raise _Unfit("is damaged: its arrays are not those that were written")
    return _state(member, numbers, arrays)


def _header(file: BinaryIO, size: int) -> tuple[dict[str, Any], int]:
    """Return the header and where the arrays begin."""
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or not 2 <= length <= min(MAX_HEAD, size - 8):
        raise _Unfit("is cut off or not in the safetensors format")
    header = parse_head(file.read(length))
    if header is None:
        raise _Unfit("is not in the safetensors format")
    return header, 8 + length


def _metadata(header: dict[str, Any]) -> dict[str, Any]:
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise _Unfit(f"holds something else than a training state ({FORMAT!r} is missing)")
    check = metadata.pop("check", None)
    if check != _digest([json.dumps(metadata, sort_keys=True).encode()]):
        raise _Unfit("is damaged: its numbers are not those that were written")
    return metadata


def _numbers(metadata: Mapping[str, Any], member: Member) -> dict[str, Any]:
    """Return the numbers of the state; each must be one that a training can have."""
    try:
        numbers = json.loads(metadata["state"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _Unfit("has no readable numbers of the state") from None
    if not isinstance(numbers, dict) or set(numbers) != {*_WHOLE, *_REAL}:
        raise _Unfit("lacks numbers of the state")
    training = member.experiment.training
    highest = {"epoch": training.epochs, "batch": n_batches(member) - 1, "best_epoch": -1}
    if training.stopping is not None:
        highest["best_epoch"] = training.epochs
    for name in _WHOLE:
        lowest = 0 if name == "batch" else -1
        value = numbers[name]
        if type(value) is not int or not lowest <= value <= highest[name]:
            raise _Unfit(f"says {name} = {value!r}, not one of {lowest} to {highest[name]}")
    for name in _REAL:
        if type(numbers[name]) is not float or not math.isfinite(numbers[name]):
            raise _Unfit(f"says {name} = {numbers[name]!r}, not a finite number")
    return numbers


def _layout(member: Member, numbers: Mapping[str, Any], header: Mapping[str, Any]) -> Layout:
    """Return the name, shape and type of every array that the file must hold."""
    training, shapes = member.experiment.training, member.network.shapes()
    dtype = training.precision
    result: Layout = {f"weights/{name}": (shape, dtype) for name, shape in shapes.items()}
    if numbers["best_epoch"] >= 0:
        result |= {f"best/{name}": (shape, dtype) for name, shape in shapes.items()}
    rows, kept = n_rows(member, numbers["epoch"]), n_snapshots(member, numbers["epoch"])
    if kept:
        result |= {f"snapshots/{name}": ((kept, *shape), dtype) for name, shape in shapes.items()}
    result |= {f"history/{column}": ((rows,), "float64") for column in HISTORY}
    if _updates(member, numbers):
        found = {
            name.removeprefix("optimizer/"): tuple(entry["shape"]) for name, entry in header.items()
        }
        memory = layout(training.optimizer, shapes, dtype, found)
        result |= {f"optimizer/{name}": entry for name, entry in memory.items()}
    return result


def _updates(member: Member, numbers: Mapping[str, Any]) -> int:
    epochs: int = max(numbers["epoch"], 0)
    return epochs * n_batches(member) + int(numbers["batch"])


def _compare(header: Mapping[str, Any], wanted: Layout) -> None:
    missing, strange = sorted(wanted.keys() - header.keys()), sorted(header.keys() - wanted.keys())
    if missing:
        raise _Unfit(f"lacks the array {missing[0]!r}")
    if strange:
        raise _Unfit(f"holds the array {strange[0][:80]!r}, which this training does not have")
    for name, (shape, dtype) in wanted.items():
        found = tuple(header[name]["shape"]), _TYPES.get(header[name]["dtype"])
        if found != (shape, dtype):
            raise _Unfit(
                f"holds {name!r} as {found[1] or 'another type'} {found[0]}, and this training "
                f"has {dtype} {shape}"
            )


def _state(
    member: Member, numbers: Mapping[str, Any], arrays: Mapping[str, Array]
) -> TrainingState:
    rooms: dict[str, dict[str, Array]] = {
        room: {} for room in ("weights", "best", "optimizer", "history", "snapshots")
    }
    for key in arrays:
        room, name = key.split("/", 1)
        # A copy: what was read may not be writable.
        rooms[room][name] = arrays[key].copy()
    _check_values(member, numbers, rooms)
    return TrainingState(
        parameters=_in_order(member, rooms["weights"]),
        best=_in_order(member, rooms["best"]),
        optimizer=rooms["optimizer"],
        history={column: rooms["history"][column] for column in HISTORY},
        snapshots=_in_order(member, rooms["snapshots"]),
        **numbers,
    )


def _in_order(member: Member, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: arrays[name] for name in member.network.shapes() if name in arrays}


def _check_values(
    member: Member, numbers: Mapping[str, Any], rooms: Mapping[str, Mapping[str, Array]]
) -> None:
    for room in ("weights", "best", "optimizer", "snapshots"):
        for name, value in rooms[room].items():
            if not np.isfinite(value).all():
                raise _Unfit(f"holds numbers that are not finite in '{room}/{name}'")
    epochs = [e for e in member.experiment.training.evaluated() if e <= numbers["epoch"]]
    if rooms["history"]["epoch"].tolist() != epochs:
        raise _Unfit("has a history of other epochs")
    if numbers["best_epoch"] >= 0 and numbers["best_epoch"] not in epochs:
        raise _Unfit(f"has no history of its best epoch {numbers['best_epoch']}")
    updates = _updates(member, numbers)
    for name, value in rooms["optimizer"].items():
        if name.endswith(".step") and float(value) != updates:
            raise _Unfit(f"says {float(value):g} updates in {name!r}, not {updates}")


def _arrays(state: TrainingState) -> dict[str, Array]:
    rooms = {
        "weights": state.parameters,
        "best": state.best,
        "optimizer": state.optimizer,
        "history": state.history,
        "snapshots": state.snapshots,
    }
    return {
        f"{room}/{name}": value for room, values in rooms.items() for name, value in values.items()
    }


_DECISIVE = ("problem", "features", "model", "training")
"""Settings that decide what a member becomes; name, title and number of seeds do not."""


def _settings_digest(member: Member) -> str:
    return _digest_of(member.experiment)


@lru_cache(maxsize=64)
def _digest_of(experiment: Experiment) -> str:
    # Members of an experiment share it, and small networks train in no more time than this takes.
    settings = {k: v for k, v in experiment.to_dict().items() if k in _DECISIVE}
    return _digest([json.dumps(settings, sort_keys=True).encode()])


def _data_digest(member: Member) -> str:
    """Return a digest of all rows: a data file may have changed under the same settings."""
    return _arrays_digest(
        {
            f"{part} {field}": array
            for part, examples in member.parts.items()
            for field in ("x", "y", "weight")
            if (array := getattr(examples, field)) is not None
        }
    )


def _arrays_digest(arrays: Mapping[str, Array]) -> str:
    return _digest(
        piece
        for name, array in sorted(arrays.items())
        for piece in (
            f"{name} {array.dtype} {array.shape}".encode(),
            # Bytes of any array, those with one number or none among them.
            np.ascontiguousarray(array).reshape(-1).view(np.uint8).data,
        )
    )


def _digest(pieces: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
