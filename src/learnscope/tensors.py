"""Files of arrays in the safetensors format: written whole, read only when they are as expected.

The format holds names, types, shapes and numbers and nothing that could run. It is still
checked before any number is touched: size of the file and of its head, and then exactly the
names, shapes and types that the settings imply.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.files import replace_whole

MAX_HEAD = 16_000_000
"""Largest head in bytes; a stack of networks needs some kilobytes, a part file of many members
some megabytes."""

_TYPES = {"F32": "float32", "F64": "float64", "I64": "int64", "U8": "uint8", "BOOL": "bool"}

Expected = Mapping[str, tuple[tuple[int, ...], str]]
"""Name -> (shape, dtype), e.g. {"layers.0.weight": ((20, 4, 2), "float32")}."""


def write_tensors(path: Path, arrays: Mapping[str, Array], metadata: Mapping[str, Any]) -> None:
    """Write arrays by name; `metadata` is plain data that is kept as JSON in the file's head."""
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    text = {"learnscope": json.dumps(metadata)}
    replace_whole(path, lambda temporary: save_file(whole, str(temporary), metadata=text))


def read_tensors(path: Path, expected: Expected | None) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays by name and the metadata.

    Args:
        path: the file.
        expected: what must be in it, no more and no less; None takes what the head says (the
            caller then checks it against the metadata).

    Raises:
        DataError: the file is missing, cut short, of another format, or holds something else.
    """
    head = read_head(path)
    if expected is not None:
        _compare(path, head, expected)
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays: dict[str, Array] = load_file(str(path))
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise DataError(f"{str(path)!r} cannot be read: {error}.") from None
    return arrays, metadata_of(path, head)


def read_head(path: Path) -> dict[str, Any]:
    """Return the head of the file: name -> {"dtype", "shape", "data_offsets"}.

    Every entry is one of numbers that learnscope writes: a type of `_TYPES`, a shape, and where
    its bytes begin and end. "__metadata__" is as it was found.

    Raises:
        DataError: the file is missing, cut short or of another format.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            head = file.read(length) if 2 <= length <= min(MAX_HEAD, size - 8) else b""
    except FileNotFoundError:
        raise DataError(f"There is no weight file {str(path)!r}.") from None
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
    if start[:2] in {b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK"} and not head:
        raise DataError(
            f"{str(path)!r} is a pickle or a PyTorch archive, not a safetensors file. It was not "
            "opened, as reading it could run code."
        )
    data = parse_head(head)
    if data is None:
        raise DataError(f"{str(path)!r} is not a safetensors file, or its beginning is damaged.")
    ends = [row["data_offsets"][1] for name, row in data.items() if name != "__metadata__"]
    whole = 8 + length + max(ends, default=0)
    if whole != size:
        raise DataError(
            f"{str(path)!r} is cut short or damaged: it should have {whole} bytes and has "
            f"{size}. Train again, or copy it once more."
        )
    return data


def parse_head(head: bytes) -> dict[str, Any] | None:
    """Return the head as a table whose entries are well formed, None where they are not."""
    try:
        data = json.loads(head)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    rows = [row for name, row in data.items() if name != "__metadata__"]
    return data if all(map(_is_entry, rows)) else None


def _is_entry(row: Any) -> bool:
    if not isinstance(row, dict) or row.keys() != {"dtype", "shape", "data_offsets"}:
        return False
    dtype, shape, offsets = row["dtype"], row["shape"], row["data_offsets"]
    known = isinstance(dtype, str) and dtype in _TYPES
    return known and _are_sizes(shape) and _is_span(offsets)


def _are_sizes(value: Any) -> bool:
    # Sizes beyond 64 bits are no sizes, and would be too long for a message.
    return isinstance(value, list) and all(type(v) is int and 0 <= v < 2**63 for v in value)


def _is_span(value: Any) -> bool:
    return _are_sizes(value) and len(value) == 2 and value[0] <= value[1]


def metadata_of(path: Path, head: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain data that `write_tensors` put beside the arrays."""
    try:
        data = json.loads(head.get("__metadata__", {}).get("learnscope", "{}"))
    except (ValueError, TypeError, AttributeError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise DataError(f"{str(path)!r} was not written by learnscope: its notes are damaged.")
    return data


def _compare(path: Path, head: Mapping[str, Any], expected: Expected) -> None:
    names = set(head) - {"__metadata__"}
    missing, extra = sorted(set(expected) - names), sorted(names - set(expected))
    if missing or extra:
        what = f"lacks {missing[0]!r}" if missing else f"has {extra[0]!r}, which the model has not"
        raise DataError(f"{str(path)!r} does not fit the model: it {what}.")
    for name, (shape, dtype) in expected.items():
        got = tuple(head[name]["shape"]), _TYPES[head[name]["dtype"]]
        if got != (shape, dtype):
            raise DataError(
                f"{str(path)!r} does not fit the model: {name} must be {shape} {dtype}, got "
                f"{got[0]} {got[1]}."
            )
