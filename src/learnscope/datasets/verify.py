"""Whether files are those that were published, by their checksums."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from learnscope.datasets.idx import blocks, is_gzip
from learnscope.datasets.sets import DataFile, DataSet
from learnscope.errors import DataError

State = Literal["verified", "missing", "different", "damaged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What is known about one file of a set.

    Attributes:
        file: its name without .gz.
        path: where it is; None where it is missing.
        bytes: its length on the disk, 0 where it is missing.
        state: "verified" by its checksum; "different" content; "damaged", not readable.
        note: a sentence about what is wrong, "" for nothing.
    """

    file: str
    path: Path | None
    bytes: int
    state: State
    note: str = ""


def check_folder(data_set: DataSet, folder: Path) -> tuple[Check, ...]:
    """Compare all files of a set in a folder with the published ones."""
    from learnscope.datasets.places import find_file

    return tuple(check_file(file, find_file(folder, file)) for file in data_set.files)


def check_file(file: DataFile, path: Path | None) -> Check:
    """Compare one file with the published one.

    A gzip file that was packed otherwise is as good: then the content decides.
    """
    if path is None:
        return Check(file=file.name, path=None, bytes=0, state="missing", note="It is not there.")
    state, note = _state(file, path)
    return Check(file=file.name, path=path, bytes=path.stat().st_size, state=state, note=note)


def _state(file: DataFile, path: Path) -> tuple[State, str]:
    try:
        if is_gzip(path) and file_sum(path) == file.packed_sha256:
            return "verified", ""
        found = content_sum(path)
    except DataError as error:
        return "damaged", str(error)
    except OSError as error:
        return "damaged", f"{str(path)!r} cannot be read: {error.strerror or error}."
    if found == file.sha256:
        return "verified", ""
    return "different", (
        f"{str(path)!r} is not the published file: its content has the SHA-256 {found[:12]}..., "
        f"not {file.sha256[:12]}..."
    )


def content_sum(path: Path) -> str:
    """Return the SHA-256 of a file's content, unpacked where it is gzipped.

    Raises:
        DataError: it cannot be read to its end.
    """
    digest = hashlib.sha256()
    _feed(digest.update, path)
    return digest.hexdigest()


def file_sum(path: Path) -> str:
    """Return the SHA-256 of a file as it is on the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _feed(take: Callable[[bytes], None], path: Path) -> None:
    for block in blocks(path):
        take(block)
