"""Writing an export into a folder of its own."""

from __future__ import annotations

from pathlib import Path

from learnscope.errors import DataError, InputError
from learnscope.export.script import SCRIPT, WEIGHTS, Export
from learnscope.files import make_folder, write_whole


def check_folder(folder: Path) -> None:
    """Refuse a folder with something in it: a script there may be one that was changed since."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--to needs a folder, and {str(folder)!r} is a file.")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(
            f"--to {folder}: the folder has something in it, which is not overwritten. Choose "
            "another, or empty it first."
        )


def write_export(export: Export, folder: Path) -> Path:
    """Write script and weights into a folder, made where needed, and return the script's path.

    Raises:
        InputError: the folder has something in it.
        DataError: it cannot be written to.
    """
    check_folder(folder)
    try:
        make_folder(folder)
        write_whole(folder / WEIGHTS, export.weights)
        write_whole(folder / SCRIPT, export.script)
    except DataError as error:
        raise DataError(str(error).replace("with --out", "with --to")) from None
    return folder / SCRIPT
