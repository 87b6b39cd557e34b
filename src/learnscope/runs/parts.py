"""Finished members of a run that is still going on, one file for each handful.

A part file is written whole or not at all, so that a run that was killed goes on with the
members it lacks.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learnscope.arrays import Array
from learnscope.files import make_folder
from learnscope.runs.result_rows import read_result, result_row
from learnscope.tensors import read_tensors, write_tensors
from learnscope.training.result import HISTORY, Result


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The folder of finished members."""

    folder: Path

    def add(self, results: Sequence[Result]) -> None:
        """Keep these results durably before returning."""
        if not results:
            return
        make_folder(self.folder)
        arrays: dict[str, Array] = {}
        rows = []
        for result in results:
            arrays |= {f"{result.seed}/p/{k}": v for k, v in result.parameters.items()}
            arrays |= {f"{result.seed}/h/{k}": v for k, v in result.history.items()}
            rows.append(result_row(result))
        seeds = [r.seed for r in results]
        name = f"{min(seeds)}-{max(seeds)}-{len(seeds)}.safetensors"
        write_tensors(self.folder / name, arrays, {"members": rows})

    def load(self) -> dict[int, Result]:
        """Return root seed -> result of every member kept so far."""
        found: dict[int, Result] = {}
        for path in sorted(self.folder.glob("*.safetensors")):
            arrays, metadata = read_tensors(path, None)
            for row in metadata.get("members", []):
                found[int(row["seed"])] = _read(row, arrays)
        return found

    def clear(self) -> None:
        """Remove the folder; the run's own files hold everything now."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _read(row: dict[str, Any], arrays: dict[str, Array]) -> Result:
    seed = int(row["seed"])
    inside = f"{seed}/p/"
    parameters = {k.removeprefix(inside): v for k, v in arrays.items() if k.startswith(inside)}
    return read_result(row, parameters, {name: arrays[f"{seed}/h/{name}"] for name in HISTORY})
