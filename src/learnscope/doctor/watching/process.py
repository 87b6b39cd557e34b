"""Runs a program under observation in a process of its own, and brings back what was found.

A process of its own, because an unmodified program may do to its process what it likes: set
seeds, default types and numbers of threads, replace functions, exhaust the memory, crash, leave
threads behind. It also finds what `python PROGRAM` would give it: its own `__main__` and folder,
random states that nothing has touched, the terminal's input. What it prints goes to stderr, so
that stdout holds the diagnosis alone.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from learnscope.errors import DataError, Interrupted


def diagnose_program(
    path: Path, arguments: Sequence[str] = (), *, budget: float, report: Path | None = None
) -> dict[str, Any]:
    """Run a program in a process of its own and return its diagnosis as plain data.

    Args:
        path: a script or a notebook.
        arguments: what the program finds in `sys.argv[1:]`.
        budget: seconds that trials may take after the program has ended.
        report: file for the page with pictures, None for none.

    Raises:
        DataError: the process ended without a word, as after a crash.
        Interrupted: it was stopped twice; the first stop ends the program and lets the diagnosis
            of what was seen go on.
    """
    with tempfile.TemporaryDirectory(prefix="learnscope-doctor-") as folder:
        answer = Path(folder) / "diagnosis.json"
        request = {
            "path": str(path),
            "arguments": list(arguments),
            "budget": budget,
            "report": None if report is None else str(report.resolve()),
            "answer": str(answer),
        }
        # -P keeps the current folder out of sys.path, as `python PROGRAM` does.
        command = [sys.executable, "-P", "-m", "learnscope.doctor.watching.child"]
        child = subprocess.Popen([*command, json.dumps(request)], stdout=2)
        code = _wait(child)
        if not answer.exists():
            raise DataError(_silence(path, code))
        data = json.loads(answer.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise DataError(_silence(path, code))
    return data


def _wait(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait()
    except KeyboardInterrupt:
        pass
    # The terminal has told the child as well: it ends the program and diagnoses what it has.
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.kill()
        child.wait()
        raise Interrupted("Stopped before there was a diagnosis.") from None


def _silence(path: Path, code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        return (
            f"{path.name} was ended by {name}: too little memory, or a fault in compiled code. "
            "Try a smaller batch or less data."
        )
    return (
        f"{path.name} ended its process by itself (status {code}), before there was anything to "
        "diagnose. os._exit() does that; 'learnscope doctor --static' inspects it without running."
    )
