"""Changes to a text, and how they are shown: as a unified diff. No file is written."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learnscope.doctor.watching.programs import Program


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A stretch of a text and what stands there afterwards.

    Lines are counted from 1 and columns from 0, in characters, as an editor shows them; the end is
    not part of it. An empty stretch is an insertion.

    Attributes:
        filename: of the piece of the program.
        line: of its beginning.
        column: of its beginning.
        end_line: of its end.
        end_column: of its end.
        text: what stands there afterwards.
    """

    filename: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    @property
    def start(self) -> tuple[int, int]:
        """Where it begins."""
        return self.line, self.column

    @property
    def end(self) -> tuple[int, int]:
        """Where it ends."""
        return self.end_line, self.end_column


def apply(source: str, edits: Iterable[Edit]) -> str:
    """Return the text with the changes; one that overlaps an earlier one is left out."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    taken: list[tuple[int, int, str]] = []
    for edit in edits:
        begin = starts[min(edit.line - 1, len(lines))] + edit.column
        end = starts[min(edit.end_line - 1, len(lines))] + edit.end_column
        if all(end <= b or begin >= e for b, e, _ in taken) or begin == end:
            taken.append((begin, end, edit.text))
    # From the back, so that places before stay as they are; later insertions go behind.
    for begin, end, text in sorted(taken, key=lambda t: (t[0], t[1]), reverse=True):
        source = source[:begin] + text + source[end:]
    return source


def diff(program: Program, edits: Sequence[Edit]) -> str:
    """Return the changes as one unified diff, "" without any; cells of notebooks are files of it.

    `patch -p0` applies that of a script.
    """
    parts: list[str] = []
    for piece in program.pieces:
        own = [e for e in edits if e.filename == piece.filename]
        if not own:
            continue
        before = piece.source if piece.source.endswith("\n") else piece.source + "\n"
        after = apply(before, own)
        parts += difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            fromfile=piece.filename,
            tofile=piece.filename,
        )
    return "".join(parts)
