"""The folder of an atlas: `<out>/<name>-<6 hex>/`, found by name, by path, or as the last one.

It holds sweep.toml (the sweep as it was asked for last), atlas.sqlite (the store),
atlas.parquet (the table, once the sweep is through), meta.json and report.html.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from learnscope.atlas.store import STORE
from learnscope.errors import InputError, listing, suggestion
from learnscope.files import make_folder
from learnscope.sweeps.sweep import Sweep

SWEEP, TABLE, META, REPORT = "sweep.toml", "atlas.parquet", "meta.json", "report.html"


def folder_for(sweep: Sweep, out: Path) -> Path:
    """Return the folder of a sweep's atlas; made where it is missing."""
    folder = path_for(sweep, out)
    make_folder(folder)
    return folder


def path_for(sweep: Sweep, out: Path) -> Path:
    """Return where the folder of a sweep's atlas is, or would be."""
    return out / f"{sweep.experiment.name}-{sweep.digest()}"


def is_atlas(folder: Path) -> bool:
    """Whether a folder is that of an atlas."""
    return (folder / STORE).is_file()


def all_atlases(out: Path) -> list[Path]:
    """Return the folders of all atlases below `out`, the one written last at the end."""
    if not out.is_dir():
        return []
    found = [path.parent for path in out.glob(f"*/{STORE}")]
    return sorted(found, key=lambda p: ((p / SWEEP).stat().st_mtime if _begun(p) else 0.0, p.name))


def _begun(folder: Path) -> bool:
    return (folder / SWEEP).is_file()


def find_atlas(text: str, out: Path) -> Path:
    """Return the folder that a user means: a path, "last", or the beginning of its name.

    Raises:
        InputError: there is none, or several.
    """
    given = Path(text)
    if is_atlas(given):
        return given
    known = all_atlases(out)
    if not known:
        raise InputError(
            f"There is no atlas in {str(out)!r} yet. Make one with 'learnscope sweep'."
        )
    if text == "last":
        return known[-1]
    matches = [p for p in known if p.name == text] or [p for p in known if p.name.startswith(text)]
    if not matches:
        names = [p.name for p in known]
        raise InputError(
            f"There is no atlas {text!r} in {str(out)!r}.{suggestion(text, names)} It has "
            f"{listing(names)}."
        )
    if len(matches) > 1:
        raise InputError(
            f"{text!r} could be {len(matches)} atlases, for example {matches[0].name} and "
            f"{matches[1].name}: please write more of it."
        )
    return matches[0]


def remove_atlas(folder: Path) -> None:
    """Remove an atlas for good.

    Raises:
        InputError: the folder is not that of an atlas.
    """
    if not is_atlas(folder):
        raise InputError(f"{str(folder)!r} is not the folder of an atlas: it has no {STORE}.")
    shutil.rmtree(folder)
