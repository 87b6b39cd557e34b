"""Getting a data set: every file that is not here yet, checked, once for all processes."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from learnscope.datasets.download import OnProgress, download
from learnscope.datasets.places import cache_folder, find_file
from learnscope.datasets.sets import DataFile, DataSet
from learnscope.datasets.tries import Patience
from learnscope.datasets.verify import check_file
from learnscope.errors import DataError, Interrupted

LOCK = ".lock"


def get_set(
    data_set: DataSet,
    *,
    folder: str | Path | None = None,
    mirrors: Sequence[str] = (),
    on_progress: OnProgress | None = None,
    on_wait: Callable[[], None] | None = None,
    patience: Patience | None = None,
) -> Path:
    """Make sure that all files of a set are in a folder, as they were published.

    Files that are there and right are kept, whatever happens to the others; of two processes
    that want the same files, one gets them and the other waits.

    Args:
        data_set: which set.
        folder: where to; left out, the user's cache.
        mirrors: addresses to try before those that are known.
        on_progress: called often while something is downloaded.
        on_wait: called once where another process is at it.
        patience: how long to wait and how often to try; left out, the defaults.

    Returns:
        The folder.

    Raises:
        DataError: a file cannot be had; the sentence says why. The files before it are kept.
        Interrupted: stopped by Ctrl-C; what came so far is kept.
    """
    place = cache_folder(data_set) if folder is None else Path(folder).expanduser()
    _make(place)
    with _alone(place, on_wait or _ignore):
        for file in data_set.files:
            try:
                _get(file, place, (*mirrors, *data_set.mirrors), on_progress, patience)
            except KeyboardInterrupt:
                raise Interrupted(_stopped(data_set, place)) from None
    return place


def _ignore() -> None:
    return


def _get(
    file: DataFile,
    place: Path,
    mirrors: Sequence[str],
    on_progress: OnProgress | None,
    patience: Patience | None,
) -> None:
    old = find_file(place, file)
    if check_file(file, old).state == "verified":
        return
    target = place / f"{file.name}.gz"
    download(file, target, mirrors, on_progress=on_progress, patience=patience)


def _stopped(data_set: DataSet, place: Path) -> str:
    here = sum(find_file(place, file) is not None for file in data_set.files)
    return (
        f"Stopped; {here} of {len(data_set.files)} files of {data_set.title} are in {str(place)!r} "
        f"and kept, and so is what came of the next one. Go on with: learnscope data get "
        f"{data_set.name}"
    )


def _make(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {str(place)!r} cannot be made: {error.strerror or error}. Choose another "
            "with --to."
        ) from None


@contextlib.contextmanager
def _alone(place: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a folder; wait while another process has it.

    The file stays: removing it would let a third process lock a new one beside the holder.
    """
    import fcntl

    try:
        handle = os.open(place / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DataError(
            f"{str(place)!r} cannot be written to: {error.strerror or error}. Choose another "
            "folder with --to."
        ) from None
    try:
        waited = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waited:
                    on_wait()
                waited = True
                time.sleep(0.1)
        yield
    finally:
        os.close(handle)
