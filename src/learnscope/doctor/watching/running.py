"""Runs a program under observation, in this process."""

from __future__ import annotations

import linecache
import os
import sys
import time
import types
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from learnscope.doctor.watching.frames import users_frame
from learnscope.doctor.watching.listener import Listener
from learnscope.doctor.watching.observer import Observer
from learnscope.doctor.watching.programs import Piece, Program
from learnscope.doctor.watching.seen import Seen


@dataclass(slots=True)
class Ran:
    """A program that was run.

    Attributes:
        seen: what was seen of it.
        error: what it raised, None where it came to its end.
        names: the names of its main module, as they are at the end.
        seconds: how long it ran.
    """

    seen: Seen
    error: BaseException | None
    names: dict[str, Any]
    seconds: float


def run_program(program: Program, arguments: Sequence[str] = ()) -> Ran:
    """Run a program as `python PROGRAM ARGUMENTS` would, and watch it.

    The program is `__main__` while it runs, its folder is the first of `sys.path`, and
    `sys.argv` is what it expects. These three are put back afterwards; what else a program does
    to its process stays done, which is why the command runs it in a process of its own.
    """
    observer = Observer()
    module = types.ModuleType("__main__")
    module.__dict__["__file__"] = str(program.path)
    error: BaseException | None = None
    listener = Listener(observer)
    start = time.perf_counter()
    with _as_main(program, module, arguments), _heard_warnings() as heard:
        try:
            codes = [(piece, _compiled(piece)) for piece in program.pieces]
            with listener:
                for _, code in codes:
                    exec(code, module.__dict__)
        except SystemExit as stop:
            if stop.code not in (None, 0):
                error = stop
        except BaseException as raised:
            error = raised
    seconds = time.perf_counter() - start
    seen = observer.finish()
    seen.seconds = seconds
    seen.faults = listener.faults
    seen.warnings = [(str(w.message), f"{os.path.basename(w.filename)}:{w.lineno}") for w in heard]
    return Ran(seen=seen, error=error, names=dict(module.__dict__), seconds=seconds)


def _compiled(piece: Piece) -> types.CodeType:
    # Tracebacks show lines of cells too, which lie in no file of their own.
    linecache.cache[piece.filename] = (
        len(piece.source),
        None,
        piece.source.splitlines(keepends=True),
        piece.filename,
    )
    return compile(piece.source, piece.filename, "exec", dont_inherit=True)


@contextmanager
def _as_main(
    program: Program, module: types.ModuleType, arguments: Sequence[str]
) -> Iterator[None]:
    old_main, old_argv, old_path = sys.modules["__main__"], sys.argv, list(sys.path)
    sys.modules["__main__"] = module
    sys.argv = [str(program.path), *arguments]
    sys.path.insert(0, str(program.path.resolve().parent))
    try:
        yield
    finally:
        sys.modules["__main__"] = old_main
        sys.argv = old_argv
        sys.path[:] = old_path


@contextmanager
def _heard_warnings() -> Iterator[list[warnings.WarningMessage]]:
    """Show warnings as ever, and keep those of PyTorch that name a fault."""
    heard: list[warnings.WarningMessage] = []
    show = warnings.showwarning

    def showing(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        if len(heard) < 100:
            # The line that PyTorch names may be ours, through which the operation went.
            users = users_frame()
            if users is not None:
                filename, lineno = users.f_code.co_filename, users.f_lineno
            heard.append(warnings.WarningMessage(message, category, filename, lineno))
        show(message, category, filename, lineno, file, line)

    warnings.showwarning = showing
    try:
        yield heard
    finally:
        if warnings.showwarning is showing:
            warnings.showwarning = show
