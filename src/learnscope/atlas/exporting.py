"""The weights of an atlas stacked in one safetensors file, the histories beside it in Parquet.

Members whose networks have the same shapes are one stack: "0/layers.0.weight" is (m, 8, 2) for
the m members of stack 0. `members.parquet` is the table with two more columns, `stack` and
`place`, which say where a member's weights are. Memory holds one shard at a time.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from learnscope.atlas.selection import selected
from learnscope.atlas.store import STORE, Store
from learnscope.errors import InputError
from learnscope.files import make_folder, replace_whole
from learnscope.sweeps.packing import KEPT_HISTORY, Row

if TYPE_CHECKING:
    import polars

    from learnscope.atlas.atlas import Atlas

WEIGHTS, MEMBERS, HISTORIES = "weights.safetensors", "members.parquet", "histories.parquet"
ROWS = 200_000
"""Rows of a history that are gathered before they are written."""

_NAMES = {"float32": "F32", "float64": "F64"}
Shapes = tuple[tuple[str, tuple[int, ...], str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        members: number of members.
        files: names of the files.
    """

    members: int
    files: tuple[str, ...]


def export(atlas: Atlas, folder: Path, where: str | Sequence[str] = ()) -> Exported:
    """Write members of an atlas into a folder.

    Args:
        atlas: the atlas.
        folder: made where it is missing.
        where: conditions, see `learnscope.atlas.selection`; none for all members.

    Raises:
        InputError: no member meets the conditions, or one of them is wrong.
        DataError: the store is damaged, or the folder cannot be written.
    """
    import polars

    table = selected(atlas.table, where)
    if not len(table):
        raise InputError("No member meets the conditions: there is nothing to export. Widen them.")
    make_folder(folder)
    wanted = list(zip(table["point"].to_list(), table["seed"].to_list(), strict=True))
    store = Store(atlas.path / STORE)
    try:
        layout = _Layout.of(store, wanted)
        replace_whole(folder / WEIGHTS, lambda path: _write_weights(path, store, wanted, layout))
        replace_whole(folder / HISTORIES, lambda path: _histories(store, wanted).sink_parquet(path))
    finally:
        store.close()
    spots = [layout.spots[member] for member in wanted]
    table = table.with_columns(
        polars.Series("stack", [s for s, _ in spots], dtype=polars.Int64),
        polars.Series("place", [p for _, p in spots], dtype=polars.Int64),
    )
    replace_whole(folder / MEMBERS, lambda path: table.write_parquet(path))
    return Exported(members=len(wanted), files=(WEIGHTS, MEMBERS, HISTORIES))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layout:
    """Where each member's weights go.

    Attributes:
        stacks: shapes of each stack's members.
        counts: members of each stack.
        spots: (point, seed) -> stack and place in it.
    """

    stacks: tuple[Shapes, ...]
    counts: tuple[int, ...]
    spots: dict[tuple[int, int], tuple[int, int]]

    @classmethod
    def of(cls, store: Store, wanted: Sequence[tuple[int, int]]) -> _Layout:
        numbers: dict[Shapes, int] = {}
        counts: list[int] = []
        spots: dict[tuple[int, int], tuple[int, int]] = {}
        for point, seed in wanted:
            # Seeds of a point have one network.
            known = spots.get((point, -1))
            if known is None:
                shapes = _shapes(store.member(point, seed))
                stack = numbers.setdefault(shapes, len(numbers))
                if stack == len(counts):
                    counts.append(0)
                spots[point, -1] = (stack, 0)
            else:
                stack = known[0]
            spots[point, seed] = (stack, counts[stack])
            counts[stack] += 1
        return cls(stacks=tuple(numbers), counts=tuple(counts), spots=spots)

    def head(self) -> tuple[bytes, list[dict[str, int]]]:
        """Return the head of the file, and where in it each tensor of each stack begins."""
        entries: dict[str, Any] = {"__metadata__": {"learnscope": json.dumps({"kind": "atlas"})}}
        starts: list[dict[str, int]] = []
        end = 0
        for stack, (shapes, count) in enumerate(zip(self.stacks, self.counts, strict=True)):
            own = {}
            for name, shape, dtype in shapes:
                size = count * int(np.prod(shape)) * np.dtype(dtype).itemsize
                entries[f"{stack}/{name}"] = {
                    "dtype": _NAMES[dtype],
                    "shape": [count, *shape],
                    "data_offsets": [end, end + size],
                }
                own[name] = end
                end += size
            starts.append(own)
        text = json.dumps(entries, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        begin = 8 + len(text)
        whole = [{name: begin + at for name, at in own.items()} for own in starts]
        return struct.pack("<Q", len(text)) + text, whole


def _shapes(row: Row) -> Shapes:
    return tuple((k, tuple(v.shape), str(v.dtype)) for k, v in sorted(row.parameters.items()))


def _write_weights(
    path: Path, store: Store, wanted: Sequence[tuple[int, int]], layout: _Layout
) -> None:
    head, starts = layout.head()
    with path.open("wb") as file:
        file.write(head)
        for point, row in store.members(wanted):
            stack, place = layout.spots[point, row.seed]
            _put(file, row, starts[stack], place)


def _put(file: BinaryIO, row: Row, starts: dict[str, int], place: int) -> None:
    for name, start in starts.items():
        data = np.ascontiguousarray(row.parameters[name]).tobytes()
        file.seek(start + place * len(data))
        file.write(data)


def _histories(store: Store, wanted: Sequence[tuple[int, int]]) -> polars.LazyFrame:
    import polars
    from polars.io.plugins import register_io_source

    whole = {"point": polars.Int64, "seed": polars.Int64}
    schema = {**whole, **dict.fromkeys(KEPT_HISTORY, polars.Float32)}

    def rows(
        with_columns: Any, predicate: Any, n_rows: Any, batch_size: Any
    ) -> Iterator[polars.DataFrame]:
        parts: list[tuple[int, Row]] = []
        gathered = 0
        for point, row in store.members(wanted):
            parts.append((point, row))
            gathered += len(row.history)
            if gathered >= ROWS:
                yield _history_table(parts, schema)
                parts, gathered = [], 0
        if parts:
            yield _history_table(parts, schema)

    return register_io_source(rows, schema=schema)


def _history_table(parts: Sequence[tuple[int, Row]], schema: Any) -> polars.DataFrame:
    import polars

    lengths = [len(row.history) for _, row in parts]
    history = np.concatenate([row.history for _, row in parts])
    columns = {
        "point": np.repeat(np.array([point for point, _ in parts], dtype=np.int64), lengths),
        "seed": np.repeat(np.array([row.seed for _, row in parts], dtype=np.int64), lengths),
        **{name: history[:, i] for i, name in enumerate(KEPT_HISTORY)},
    }
    return polars.DataFrame(columns, schema=schema).with_columns(
        polars.selectors.float().fill_nan(None)
    )
