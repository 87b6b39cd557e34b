"""Removing the folder of a run, and nothing else."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from learnscope.errors import DataError, InputError
from learnscope.runs.folder import STAMP, held, is_run, state_of


def check_removable(folder: Path) -> None:
    """Refuse a folder that is not a run's own, or that is being written."""
    # A folder of the user's own may hold an experiment.toml too; only ours have such a name.
    if not is_run(folder) or folder.is_symlink() or not STAMP.fullmatch(folder.resolve().name):
        raise InputError(
            f"{str(folder)!r} is not the folder of a run as learnscope makes them: it is left "
            "alone."
        )
    if state_of(folder) == "running":
        raise InputError(f"The run {str(folder)!r} is being trained: stop it first.")


def remove_run(folder: Path) -> None:
    """Remove the folder of a run, and the folder of its name where that is empty then."""
    check_removable(folder)
    parent = folder.resolve().parent
    try:
        with held(folder):
            shutil.rmtree(folder)
    except OSError as error:
        raise DataError(f"{str(folder)!r} cannot be removed: {error.strerror or error}.") from None
    with contextlib.suppress(OSError):
        parent.rmdir()
