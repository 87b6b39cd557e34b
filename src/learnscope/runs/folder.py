"""The folder of a run: its name, its files, its state, and who is writing it.

`<out>/<name>/<UTC stamp>-<6 hex of the settings>/` holds experiment.toml, meta.json, model.json,
weights.safetensors, history.parquet, figures/, report.html, and DONE or FAILED at the end. While
training goes on there are parts/ (finished members) and checkpoint.safetensors (the member at
work), and a lock that the operating system drops with the process.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from learnscope.errors import DataError, InputError
from learnscope.experiment import Experiment, load_experiment
from learnscope.files import make_folder, write_whole

EXPERIMENT, META, HISTORY_FILE, REPORT = (
    "experiment.toml",
    "meta.json",
    "history.parquet",
    "report.html",
)
FIGURES = "figures"
DONE, FAILED, LOCK = "DONE", "FAILED", ".lock"
STAMP = re.compile(r"\d{8}T\d{6}\.\d{3}-([0-9a-f]{6})(-\d+)?")
"""What the name of a run's folder looks like; the group is the digest of its settings."""
State = Literal["done", "failed", "running", "interrupted"]


def new_folder(out: Path, experiment: Experiment) -> Path:
    """Make the folder of a new run and write the settings into it."""
    settings = experiment.to_toml()
    digest = _digest(settings.encode())
    # To the millisecond, so that the order of the names is that of the runs.
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3]
    parent = out / experiment.name
    make_folder(parent)
    for number in range(1000):
        tail = f"-{number + 1}" if number else ""
        folder = parent / f"{stamp}-{digest}{tail}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise DataError(
                f"The folder {str(folder)!r} cannot be made: {error.strerror or error}. Choose "
                "another with --out."
            ) from None
        write_whole(folder / EXPERIMENT, settings)
        return folder
    raise DataError(f"{str(parent)!r} has a thousand runs of this moment: wait a moment.")


def read_settings(folder: Path) -> Experiment:
    """Return the experiment of a run.

    Raises:
        InputError: the file is missing or is no experiment.
        DataError: the file is not the one the run began with: the folder's name has its digest.
    """
    path = folder / EXPERIMENT
    experiment = load_experiment(path)
    stamp = STAMP.fullmatch(folder.name)
    if stamp and stamp[1] != _digest(path.read_bytes()):
        raise DataError(
            f"{str(path)!r} was changed or cut short since the run began: weights and settings no "
            "longer belong together. Put the old file back, or train it as a new run."
        )
    return experiment


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:6]


def read_meta(folder: Path) -> dict[str, Any]:
    """Return the notes of a run; {} where there are none yet or they are damaged."""
    try:
        data = json.loads((folder / META).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def whole_meta(folder: Path) -> dict[str, Any]:
    """Return the notes of a finished run; refuses notes that are missing or damaged."""
    meta = read_meta(folder)
    if meta.get("status") != "done":
        raise DataError(
            f"{str(folder / META)!r} is missing or damaged: the run's folder was cut short. Put "
            "the file back, or train again."
        )
    return meta


def state_of(folder: Path) -> State:
    """Say how far the run in a folder is."""
    if (folder / DONE).exists():
        return "done"
    if is_locked(folder / LOCK):
        return "running"
    return "failed" if (folder / FAILED).exists() else "interrupted"


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run."""
    return (folder / EXPERIMENT).is_file()


def find_run(text: str, out: Path) -> Path:
    """Return the folder that a user means: a path, "last", a name (its newest run) or a stamp.

    Raises:
        InputError: there is none, or several.
    """
    given = Path(text)
    if is_run(given):
        return given
    # A folder of the run's name may lie here by chance; one with a path before it is meant.
    if given.is_dir() and len(given.parts) > 1 and given.parent != out:
        raise InputError(f"{text!r} is not the folder of a run: it has no {EXPERIMENT}.")
    runs = all_runs(out)
    if not runs:
        raise InputError(f"There is no run in {str(out)!r} yet. Start one with 'learnscope run'.")
    if text == "last":
        return max(runs, key=lambda p: p.name)
    matches = [p for p in runs if p.name.startswith(text) or p.parent.name == text]
    if not matches:
        known = ", ".join(sorted({p.parent.name for p in runs})[:8])
        raise InputError(f"There is no run {text!r} in {str(out)!r}. It has runs of: {known}.")
    if len({p.parent.name for p in matches}) > 1:
        raise InputError(
            f"{text!r} could be {len(matches)} runs, for example {matches[0].name} and "
            f"{matches[1].name}: please write more of it."
        )
    return max(matches, key=lambda p: p.name)


def all_runs(out: Path) -> list[Path]:
    """Return the folders of all runs below `out`, oldest first."""
    if not out.is_dir():
        return []
    found = [p for p in out.glob("*/*") if is_run(p)]
    return sorted(found, key=lambda p: (p.name, p.parent.name))


@contextlib.contextmanager
def held(folder: Path, what: str = "") -> Iterator[None]:
    """Hold the lock of a folder; a second process is told so instead of writing too.

    The file stays: removing it would let a third process lock a new one beside the holder.

    Args:
        folder: that of a run, or of something else.
        what: how messages call it; left out, as a run.
    """
    path = folder / LOCK
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be made: {error.strerror or error}.") from None
    try:
        if not _lock_soon(handle):
            raise InputError(
                f"{what or f'The run {str(folder)!r}'} is being trained by another process. Wait "
                "for its end, or stop it first."
            )
        yield
    finally:
        os.close(handle)


def _lock_soon(handle: int) -> bool:
    """Lock within half a second: `state_of` takes the lock for an instant to see it is free."""
    for _ in range(10):
        if _lock(handle):
            return True
        time.sleep(0.05)
    return False


def _lock(handle: int) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of that file."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(handle)
    finally:
        os.close(handle)
