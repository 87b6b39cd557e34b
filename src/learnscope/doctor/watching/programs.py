"""Programs as pieces of source: a script is one, a notebook has one for each of its code cells."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learnscope.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A piece of a program.

    Attributes:
        filename: as it is shown and found: the script's path, or "book.ipynb[3]" for cell 3,
            where the cells are counted from 1 as in the notebook, those of text too.
        source: its text; what only a notebook can do stands there as a comment.
    """

    filename: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program that can be run or inspected.

    Attributes:
        path: the file.
        pieces: in the order in which they run.
        skipped: lines that only a notebook can run and that are left out, with their places.
    """

    path: Path
    pieces: tuple[Piece, ...]
    skipped: tuple[str, ...] = ()

    @property
    def is_notebook(self) -> bool:
        """Whether the file is a notebook."""
        return self.path.suffix == ".ipynb"


def read_program(path: Path) -> Program:
    """Read a script or a notebook.

    Raises:
        InputError: the file is not there, is neither, or its text is damaged.
    """
    if not path.exists():
        raise InputError(f"There is no file {str(path)!r}. Give a Python script or a notebook.")
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder. Give the script in it that trains.")
    if path.suffix not in {".py", ".ipynb"}:
        raise InputError(
            f"{str(path)!r} must be a Python script (.py) or a notebook (.ipynb), "
            f"got {path.suffix or 'no ending'!r}."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{str(path)!r} must be text in UTF-8. Save it so.") from None
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
    if path.suffix == ".py":
        return Program(path=path, pieces=(Piece(filename=str(path), source=text),))
    return _notebook(path, text)


def parse(piece: Piece) -> ast.Module:
    """Return the syntax tree of a piece.

    Raises:
        InputError: it is no Python; the sentence names the line.
    """
    try:
        return ast.parse(piece.source, filename=piece.filename)
    except SyntaxError as error:
        place = f"{Path(piece.filename).name}:{error.lineno or 1}"
        raise InputError(
            f"{place} is not valid Python: {error.msg}. Python itself stops there; mend it first."
        ) from None
    except ValueError as error:
        raise InputError(f"{piece.filename!r} is not valid Python: {error}.") from None


def _notebook(path: Path, text: str) -> Program:
    try:
        cells = json.loads(text)["cells"]
        language = json.loads(text).get("metadata", {}).get("kernelspec", {}).get("language")
        sources = [(i, _source(cell)) for i, cell in enumerate(cells, 1) if _is_code(cell)]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{str(path)!r} must be a notebook of format 4: a JSON object with a list 'cells'."
        ) from None
    if language not in (None, "python"):
        raise InputError(f"{str(path)!r} must be a notebook in Python, got {language!r}.")
    pieces, skipped = [], []
    for number, source in sources:
        name = f"{path}[{number}]"
        plain, left_out = _plain(source)
        skipped += [f"{Path(name).name}:{line} {what}" for line, what in left_out]
        pieces.append(Piece(filename=name, source=plain))
    return Program(path=path, pieces=tuple(pieces), skipped=tuple(skipped))


def _is_code(cell: Any) -> bool:
    return bool(cell["cell_type"] == "code")


def _source(cell: Any) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _plain(source: str) -> tuple[str, list[tuple[int, str]]]:
    """Return a cell with its magics as comments, and these with their lines; lines stay lines."""
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and first.split()[0] not in {"%%time", "%%timeit", "%%capture"}:
        return "\n".join("#" for _ in lines), [(1, first.strip())]
    kept, skipped = [], []
    for number, line in enumerate(lines, 1):
        word = line.lstrip()
        magic = word.startswith(("%", "!")) or (word.endswith("?") and not word.startswith("#"))
        if magic:
            skipped.append((number, word.strip()))
            # A block may have nothing else in it.
            kept.append(line[: len(line) - len(word)] + "pass  # " + word)
        else:
            kept.append(line)
    return "\n".join(kept), skipped
