"""Files that are there whole or not at all."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from learnscope.errors import DataError


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file so that a reader, or a reader after a crash, sees the old one or the new one.

    Raises:
        DataError: the disk is full, or the place cannot be written to.
    """
    data = content.encode() if isinstance(content, str) else content
    replace_whole(path, lambda temporary: _write_synced(temporary, data))


def replace_whole(path: Path, write: Callable[[Path], None], *, durable: bool = True) -> None:
    """Let `write` make a file under a temporary name, then rename it to `path`.

    Args:
        path: the file.
        write: makes a file of that name.
        durable: whether it outlives the loss of power from then on. If not, a reader may then find
            it cut short, and must be able to tell.

    Raises:
        DataError: the disk is full, or the place cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.touch()
        usual = temporary.stat().st_mode
        write(temporary)
        # Some writers make files that only their owner may read; a run is for the group to see.
        temporary.chmod(usual)
        if durable:
            _sync(temporary)
        temporary.replace(path)
        if durable:
            _sync(path.parent)
    except OSError as error:
        raise DataError(
            f"{str(path)!r} cannot be written: {error.strerror or error}. Free some space or "
            "choose another folder with --out."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed process had not renamed yet; only for who holds the folder's lock."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            path.unlink()


def make_folder(path: Path) -> None:
    """Make a folder and its parents; one that exists is fine."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {str(path)!r} cannot be made: {error.strerror or error}. Choose another "
            "with --out."
        ) from None


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
