"""`learnscope data`: which image data are here, getting them, and whether they are right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from learnscope.cli.fetching import Show, megabytes
from learnscope.cli.output import note, print_json, say, table
from learnscope.datasets.get import get_set
from learnscope.datasets.places import VARIABLE, cache_folder, find_folder, missing_text
from learnscope.datasets.sets import SETS, DataSet, find_set
from learnscope.datasets.verify import Check, check_folder
from learnscope.errors import DataError

FAILED = 1


def list(*, json: bool = False) -> int:
    """List the data sets: whether they are here, where, how large, and whether they are right.

    Args:
        json: print one JSON object.
    """
    facts = [_facts(data_set) for data_set in SETS.values()]
    if json:
        print_json({"sets": facts})
        return 0
    rows = [(f["name"], _state(f), _megabytes(f), f["folder"] or "") for f in facts]
    table(("set", "state", "size", "folder"), rows, right=("size",))
    lacking = [f["name"] for f in facts if f["folder"] is None]
    if lacking:
        say(
            f"\nGet what is not here with 'learnscope data get {lacking[0]}', or set {VARIABLE} to "
            "a folder that has it."
        )
    say("\nThe problem 'digits' needs no files: its images come with learnscope.")
    return 0


def get(
    name: str,
    /,
    *,
    to: Path | None = None,
    mirror: Annotated[Sequence[str], Parameter(negative=())] = (),
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
    json: bool = False,
) -> int:
    """Download a data set; files that are there and right are kept.

    Args:
        name: of the set: mnist or fashion_mnist.
        to: folder to put the files into; the user's cache where left out.
        mirror: address of a folder with the files, tried before the known ones.
        quiet: show no progress.
        json: print one JSON object.
    """
    data_set = find_set(name)
    show = Show(quiet=quiet)
    try:
        folder = get_set(data_set, folder=to, mirrors=mirror, on_progress=show, on_wait=show.wait)
    finally:
        show.end()
    facts = _facts(data_set, folder)
    if json:
        print_json(facts)
    else:
        say(f"{data_set.title} is in {folder}: {_megabytes(facts)}, every file verified.")
        _hint(data_set, folder)
    return 0


def verify(name: str | None = None, /, *, json: bool = False) -> int:
    """Compare files with their published checksums; the exit code is 1 where one differs.

    Args:
        name: of the set; all that are here where left out.
        json: print one JSON object.
    """
    chosen = SETS.values() if name is None else (find_set(name),)
    facts = [_facts(data_set) for data_set in chosen]
    if name is not None and facts[0]["folder"] is None:
        raise DataError(missing_text(find_set(name)))
    here = [f for f in facts if f["folder"] is not None]
    bad = [row for f in here for row in f["files"] if row["state"] != "verified"]
    if json:
        print_json({"sets": here})
    elif here:
        rows = [(f["name"], row["file"], row["state"]) for f in here for row in f["files"]]
        table(("set", "file", "state"), rows)
    else:
        note("learnscope: no data set is here: there is nothing to verify.")
    for row in bad:
        note(f"learnscope: {row['note']} 'learnscope data get' gets the published one.")
    return FAILED if bad else 0


def _facts(data_set: DataSet, folder: Path | None = None) -> dict[str, Any]:
    """Return what is known about a set; `folder` is None for where it is found."""
    folder = folder or find_folder(data_set)
    checks = () if folder is None else check_folder(data_set, folder)
    return {
        "name": data_set.name,
        "title": data_set.title,
        "folder": None if folder is None else str(folder),
        "verified": bool(checks) and all(check.state == "verified" for check in checks),
        "bytes": sum(check.bytes for check in checks),
        "download_bytes": sum(file.packed_bytes for file in data_set.files),
        "download_folder": str(cache_folder(data_set)),
        "files": [_row(check) for check in checks],
    }


def _row(check: Check) -> dict[str, Any]:
    return {
        "file": check.file,
        "path": None if check.path is None else str(check.path),
        "bytes": check.bytes,
        "state": check.state,
        "note": check.note,
    }


def _state(facts: dict[str, Any]) -> str:
    if facts["folder"] is None:
        return "not here"
    if facts["verified"]:
        return "here, verified"
    bad = sum(row["state"] != "verified" for row in facts["files"])
    return f"here, {bad} of {len(facts['files'])} files not as published"


def _megabytes(facts: dict[str, Any]) -> str:
    if facts["folder"] is None:
        return f"{megabytes(facts['download_bytes'])} to download"
    return megabytes(facts["bytes"])


def _hint(data_set: DataSet, folder: Path) -> None:
    """Say how a run finds files that are not where it looks of its own accord."""
    found = find_folder(data_set)
    if found is None or found.resolve() != folder.resolve():
        say(f"Runs find it with {VARIABLE}={folder.resolve()}")
