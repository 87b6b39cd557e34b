"""Finished members of a run that is still going on, one file for each handful.

A part file is written whole or not at all, so that a run that was killed goes on with the
members it lacks.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learnscope.arrays import Array
from learnscope.errors import DataError
from learnscope.files import make_folder
from learnscope.runs.result_rows import read_result, result_row
from learnscope.tensors import read_tensors, write_tensors
from learnscope.training.result import HISTORY, Result


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The folder of finished members."""

    folder: Path

    def add(self, results: Sequence[Result], marks: Mapping[int, str]) -> None:
        """Keep these results durably before returning.

        `marks` has the fingerprint of the data of each root seed.
        """
        if not results:
            return
        make_folder(self.folder)
        arrays: dict[str, Array] = {}
        rows = []
        for result in results:
            arrays |= {f"{result.seed}/p/{k}": v for k, v in result.parameters.items()}
            arrays |= {f"{result.seed}/h/{k}": v for k, v in result.history.items()}
            kept = result.snapshots.parameters
            arrays |= {f"{result.seed}/s/{k}": v for k, v in kept.items()}
            rows.append({**result_row(result), "data": marks[result.seed]})
        seeds = [r.seed for r in results]
        name = f"{min(seeds)}-{max(seeds)}-{len(seeds)}.safetensors"
        write_tensors(self.folder / name, arrays, {"members": rows})

    def any(self) -> bool:
        """Whether members are kept."""
        return next(self.folder.glob("*.safetensors"), None) is not None

    def load(self) -> dict[int, tuple[Result, str]]:
        """Return root seed -> result and fingerprint of its data, for every member kept so far.

        Raises:
            DataError: a file is damaged.
        """
        found: dict[int, tuple[Result, str]] = {}
        for path in sorted(self.folder.glob("*.safetensors")):
            arrays, metadata = read_tensors(path, None)
            try:
                for row in metadata["members"]:
                    found[int(row["seed"])] = _read(row, arrays), str(row["data"])
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{str(path)!r} is damaged ({type(error).__name__}: {error}). Delete it to "
                    "train its members again."
                ) from None
        return found

    def clear(self) -> None:
        """Remove the folder; the run's own files hold everything now."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _read(row: dict[str, Any], arrays: dict[str, Array]) -> Result:
    seed = int(row["seed"])
    history = {name: arrays[f"{seed}/h/{name}"] for name in HISTORY}
    return read_result(row, _inside(arrays, f"{seed}/p/"), history, _inside(arrays, f"{seed}/s/"))


def _inside(arrays: Mapping[str, Array], room: str) -> dict[str, Array]:
    return {k.removeprefix(room): v for k, v in arrays.items() if k.startswith(room)}
