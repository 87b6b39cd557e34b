"""Where text goes: data on stdout, everything else on stderr."""

from __future__ import annotations

import io
import json
import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

WIDE = 10_000
"""Width of tables that go to a file or another program: nothing is folded or cut."""


def note(text: str) -> None:
    """Write a line to stderr; nobody there to read it is no error."""
    try:
        print(text, file=sys.stderr, flush=True)
    except (BrokenPipeError, ValueError):
        pass


def shortened(text: str) -> str:
    """Return the text with paths below the current folder as the user would type them."""
    here = os.path.join(os.getcwd(), "")
    if here == os.sep:
        return text
    return re.sub(rf"(^|[\s'\"(=]){re.escape(here)}(?=[^\s'\"])", r"\1", text)


def say(text: str = "") -> None:
    """Write text to stdout, folded to the width of a terminal."""
    _write(text)


def heading(text: str) -> None:
    """Write a heading to stdout."""
    _write(text, style="bold")


def print_json(data: Mapping[str, Any]) -> None:
    """Write one JSON object to stdout; numbers that are not finite become null."""
    print(json.dumps(finite(data), indent=2, allow_nan=False))


def finite(data: Any) -> Any:
    """Return plain data with None for every number that JSON has no word for."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {str(k): finite(v) for k, v in data.items()}
    if isinstance(data, list | tuple):
        return [finite(v) for v in data]
    return data


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Write a table to stdout; the columns named in `right` hold numbers."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        grid.add_column(Text(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    _write(grid)


def _write(content: Any, style: str | None = None) -> None:
    """Render with rich, then write: a pipe that was closed shows as `BrokenPipeError`."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    buffer = io.StringIO()
    # rich honours NO_COLOR, TERM and COLUMNS by itself.
    console = Console(
        file=buffer, force_terminal=terminal or None, width=None if terminal else WIDE
    )
    console.print(content, style=style, markup=False, highlight=False)
    text = buffer.getvalue()
    if not terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    sys.stdout.write(text)
