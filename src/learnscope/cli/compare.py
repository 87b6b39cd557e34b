"""The settings in which experiments differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def differences(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return dotted path -> one value for each table of settings, for all paths that differ.

    A setting that a table does not have is None. Lists of numbers and words are one setting;
    lists of tables, such as the features, are compared table by table.
    """
    flat = [_flattened(table) for table in settings]
    paths = dict.fromkeys(path for row in flat for path in row)
    table = {path: [row.get(path) for row in flat] for path in paths}
    return {path: row for path, row in table.items() if any(v != row[0] for v in row)}


def _flattened(data: Any, path: str = "") -> dict[str, Any]:
    inner = path + "." if path else ""
    if isinstance(data, Mapping):
        found: dict[str, Any] = {}
        for key, value in data.items():
            found |= _flattened(value, f"{inner}{key}")
        return found
    if isinstance(data, list) and data and all(isinstance(v, Mapping) for v in data):
        found = {}
        for i, value in enumerate(data):
            found |= _flattened(value, f"{inner}{i}")
        return found
    return {path: data}
