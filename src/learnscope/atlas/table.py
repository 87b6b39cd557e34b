"""The table of an atlas, made from its store: in memory, or as Parquet, some rows at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.atlas.store import Store
from learnscope.files import replace_whole
from learnscope.sweeps.points import Point

if TYPE_CHECKING:
    import polars

GROUP_ROWS = 100_000
"""Rows of a row group of the file, which readers take or leave as a whole."""


def table_of(store: Store, paths: Sequence[str]) -> polars.DataFrame:
    """Return the table of all members that a store has, the settings in the order of `paths`."""
    import polars

    return polars.concat(_frames(store, paths))


def write_table(store: Path, paths: Sequence[str], path: Path) -> int:
    """Write the table of a store as Parquet, whole or not at all, and return its rows.

    Memory holds some thousands of rows, however many there are.

    Args:
        store: file of the store.
        paths: the settings that change, in the order of their columns.
        path: the file to write.

    Raises:
        DataError: the store is damaged, or the file cannot be written.
    """
    # One that only reads may be asked by the threads that write the file.
    own, rows = Store(store), 0

    def counted() -> Iterator[polars.DataFrame]:
        nonlocal rows
        for frame in _frames(own, paths):
            rows += len(frame)
            yield frame

    try:
        replace_whole(path, lambda temporary: _sink(counted(), temporary))
    finally:
        own.close()
    return rows


def _sink(frames: Iterator[polars.DataFrame], path: Path) -> None:
    from polars.io.plugins import register_io_source

    # It is empty, and has the columns.
    first = next(frames)

    def source(columns: Any, predicate: Any, n_rows: Any, size: Any) -> Iterator[polars.DataFrame]:
        yield first
        yield from frames

    register_io_source(source, schema=first.schema).sink_parquet(path, row_group_size=GROUP_ROWS)


def _frames(store: Store, paths: Sequence[str]) -> Iterator[polars.DataFrame]:
    """Yield a table without rows, then the rows of all members, ordered by point and seed."""
    import polars

    columns, settings = store.columns(), _settings_table(store.points(), paths)
    kinds = {name: polars.Int64 for name in ("point", "seed", "epochs", "best_epoch")}
    texts = {name: polars.String for name in ("status", "cause")}
    schema: Any = {name: kinds.get(name) or texts.get(name) or polars.Float64 for name in columns}
    order = ["point", *paths, *(name for name in columns if name != "point")]
    for rows in _with_none_first(store):
        members = polars.DataFrame(rows, schema=schema, orient="row")
        joined = members.join(settings, on="point", how="left", maintain_order="left")
        yield joined.select(order)


def _with_none_first(store: Store) -> Iterator[list[tuple[Any, ...]]]:
    yield []
    yield from store.rows()


def _settings_table(points: Mapping[int, Point], paths: Sequence[str]) -> polars.DataFrame:
    """Return point and settings; what is a list or a table is written as JSON text."""
    import polars

    data: dict[str, list[Any]] = {"point": list(points)}
    for path in paths:
        data[path] = _column([point.get(path) for point in points.values()])
    return polars.DataFrame(data, schema_overrides={"point": polars.Int64}, strict=False)


def _column(values: Sequence[Any]) -> list[Any]:
    """Return values of one type: whole numbers, numbers, true and false, or else text."""
    given = [v for v in values if v is not None]
    if all(isinstance(v, bool) for v in given) or all(isinstance(v, str) for v in given):
        return list(values)
    if all(isinstance(v, int) and not isinstance(v, bool) for v in given):
        return list(values)
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in given):
        return [None if v is None else float(v) for v in values]
    return [v if isinstance(v, str) or v is None else json.dumps(v) for v in values]
