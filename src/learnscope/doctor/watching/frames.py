"""Lines of the user's program: which of them called us just now."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from types import FrameType, TracebackType

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep


@lru_cache(maxsize=1)
def _libraries() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    found = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib") if key in paths}
    return tuple(os.path.join(path, "") for path in found)


@lru_cache(maxsize=4096)
def is_users(filename: str) -> bool:
    """Whether a file is the user's own: of no library, not ours, and not made up on the fly.

    Cells of notebooks, named "book.ipynb[3]", are the user's.
    """
    if filename.startswith("<"):
        return False
    path = os.path.abspath(filename)
    return not path.startswith((_PACKAGE, *_libraries())) and "site-packages" not in path


def users_frame(frame: FrameType | None = None) -> FrameType | None:
    """Return the innermost frame of the user's program at or above `frame`, None without one."""
    here = sys._getframe(1) if frame is None else frame
    found: FrameType | None = here
    while found is not None and not is_users(found.f_code.co_filename):
        found = found.f_back
    return found


def line_of(frame: FrameType | None) -> str:
    """Return "script.py:41" for a frame, "" for None."""
    return "" if frame is None else place(frame.f_code.co_filename, frame.f_lineno)


def place(filename: str, line: int) -> str:
    """Return the place as it is shown: the file's own name and the line, counted from 1.

    >>> place("/home/me/train.py", 41)
    'train.py:41'
    """
    return f"{os.path.basename(filename)}:{line}"


def line_here() -> str:
    """Return the line of the user's program that is running, "" outside of one."""
    return line_of(users_frame(sys._getframe(1)))


def line_of_error(trace: TracebackType | None) -> tuple[str, int]:
    """Return file and line of the user's innermost frame in a traceback, ("", 0) without one."""
    found = ("", 0)
    while trace is not None:
        if is_users(trace.tb_frame.f_code.co_filename):
            found = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return found


def name_of(value: object, frame: FrameType | None) -> str:
    """Return the name under which the user's frame, or one above it, knows an object; or "".

    An attribute of `self` is found too: "self.net".
    """
    while frame is not None:
        for names in (frame.f_locals, frame.f_globals):
            for name, known in list(names.items()):
                if known is value and not name.startswith("_") and name != "self":
                    return name
        owner = frame.f_locals.get("self")
        for name, known in list(getattr(owner, "__dict__", {}).items()):
            if known is value:
                return f"self.{name}"
        for name, known in list(getattr(owner, "_modules", {}).items()):
            if known is value:
                return f"self.{name}"
        frame = users_frame(frame.f_back) if frame.f_back is not None else None
    return ""
