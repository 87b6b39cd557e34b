"""Downloads on the command line: how they are shown, and when a run begins with one."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from learnscope.cli.output import note
from learnscope.datasets.tries import Patience
from learnscope.errors import DataError
from learnscope.problems.image_files import ImageFiles
from learnscope.stand_in import stand_in_text, with_stand_in

if TYPE_CHECKING:
    from learnscope.datasets.download import Progress
    from learnscope.datasets.sets import DataSet
    from learnscope.experiment import Experiment

OFFLINE = "LEARNSCOPE_OFFLINE"
"""Environment variable: anything but "" and "0" keeps `run` from downloading."""

EVERY = 5.0
"""Seconds between two plain lines."""

IN_A_HURRY = Patience(tries=1, timeout=5.0)
"""Where digits can stand in, nobody should wait long for a network that is not there."""


def with_files(experiment: Experiment, *, quiet: bool = False) -> Experiment:
    """Return an experiment whose images are here: downloaded, or replaced where it allows that.

    Raises:
        DataError: the images are not here, cannot be had, and nothing may stand in.
    """
    problem = experiment.problem
    try:
        fetch_files(experiment, quiet=quiet)
    except DataError as error:
        if not isinstance(problem, ImageFiles) or problem.fallback is None:
            raise
        note(f"learnscope: {error}")
    experiment = with_stand_in(experiment)
    warn_of_stand_in(experiment)
    return experiment


def fetch_files(experiment: Experiment, *, quiet: bool = False) -> None:
    """Download the images of an experiment where they are not here.

    Raises:
        DataError: they cannot be had.
    """
    problem = experiment.problem
    if isinstance(problem, ImageFiles) and problem.folder() is None and problem.path is None:
        _fetch(problem.source, hurry=problem.fallback is not None, quiet=quiet)


def try_to_fetch(experiment: Experiment, *, quiet: bool = False) -> None:
    """Download the images of an experiment where that can be done, and say it where not."""
    try:
        fetch_files(experiment, quiet=quiet)
    except DataError as error:
        note(f"learnscope: {error}")


def warn_of_stand_in(experiment: Experiment) -> None:
    """Say on stderr that digits stand for other images, where they do."""
    text = stand_in_text(experiment)
    if text:
        note(f"learnscope: warning: {text}")


def _fetch(data_set: DataSet, *, hurry: bool, quiet: bool) -> None:
    from learnscope.datasets.get import get_set
    from learnscope.datasets.places import cache_folder, missing_text

    if os.environ.get(OFFLINE, "0") not in {"", "0"}:
        raise DataError(missing_text(data_set))
    size = megabytes(sum(file.packed_bytes for file in data_set.files))
    place = cache_folder(data_set)
    note(f"learnscope: the files of {data_set.title} are not here: getting {size} into {place}")
    show = Show(quiet=quiet)
    get_set(
        data_set,
        on_progress=show,
        on_wait=show.wait,
        patience=IN_A_HURRY if hurry else None,
    )
    show.end()


class Show:
    """Shows a download on stderr: one line drawn over and over, or a line now and then."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._last, self._file, self._open = 0.0, "", False

    def __call__(self, progress: Progress) -> None:
        """Show how far it is; what went wrong is always said."""
        if progress.message:
            self.end()
            note(f"learnscope: {progress.file} from {progress.server}: {progress.message}")
            return
        now = time.monotonic()
        whole = progress.done >= progress.total
        due = now - self._last >= (0.1 if self._terminal else EVERY)
        if self._quiet or not (due or whole or progress.file != self._file):
            return
        self._last, self._file = now, progress.file
        text = f"{progress.file}: {megabytes(progress.done)} of {megabytes(progress.total)}"
        if self._terminal:
            print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            note(f"learnscope: {text} from {progress.server}")

    def wait(self) -> None:
        """Say that another process is at it."""
        if not self._quiet:
            note("learnscope: another process is getting the same files; waiting for it.")

    def end(self) -> None:
        """End the line that is drawn over and over."""
        if self._open:
            print(file=sys.stderr, flush=True)
        self._open = False


def megabytes(n: int) -> str:
    """Return a number of bytes as a reader would say it."""
    return f"{n / 1e6:,.1f} MB" if n >= 100_000 else f"{n / 1e3:,.1f} kB"
