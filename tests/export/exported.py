"""Running an exported script where learnscope cannot be imported."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from learnscope.arrays import Array
from learnscope.export import Export, write_export

BLOCK = """
import sys
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"learnscope", "pydantic", "sklearn", "polars"}:
            raise ModuleNotFoundError(f"no {name} here")
sys.meta_path.insert(0, Refused())
"""
"""What a machine without learnscope, and without what it needs, looks like."""


def python(folder: Path, code: str, *argv: str) -> str:
    """Run code in an isolated interpreter beside the script, and return its output."""
    place = f"sys.path.insert(0, {str(folder)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{BLOCK}{place}{code}", *argv],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def answers(
    folders: list[Path], rows: list[Array], functions: list[list[str]]
) -> list[list[Array]]:
    """Return what functions of several exported scripts answer, all in one interpreter.

    Importing PyTorch takes seconds: one process for all keeps the tests quick.
    """
    work = folders[0].parent / "rows.npz"
    np.savez(work, *rows)
    jobs = json.dumps([[str(f), names] for f, names in zip(folders, functions, strict=True)])
    code = """
import importlib.util, json, numpy as np
rows = np.load(sys.argv[1])
found = {}
for i, (folder, names) in enumerate(json.loads(sys.argv[2])):
    spec = importlib.util.spec_from_file_location(f"predict_{i}", folder + "/predict.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in names:
        found[f"{i}/{name}"] = getattr(module, name)(rows[f"arr_{i}"])
np.savez(sys.argv[3], **found)
"""
    python(folders[0], code, str(work), jobs, str(work.with_name("answers.npz")))
    found = np.load(work.with_name("answers.npz"))
    return [[found[f"{i}/{name}"] for name in names] for i, names in enumerate(functions)]


def command(folder: Path, *argv: str) -> list[list[str]]:
    """Run the script as a command, and return the cells of the CSV it prints."""
    path = str(folder / "predict.py")
    code = (
        f"import runpy; sys.argv[0] = 'predict.py'; runpy.run_path({path!r}, run_name='__main__')"
    )
    text = python(folder, code, *argv)
    return list(csv.reader(io.StringIO(text)))


def written(export: Export, folder: Path) -> Path:
    """Write an export and return its folder."""
    return write_export(export, folder).parent
