"""What the user means by WHAT where a run or an atlas will do, or an experiment too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.atlas.folder import find_atlas, is_atlas
from learnscope.errors import InputError
from learnscope.runs.folder import find_run

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas
    from learnscope.experiment import Experiment
    from learnscope.runs.run import Run


def run_or_atlas(what: str, out: Path, atlases: Path) -> Run | Atlas:
    """Return a run, or else an atlas: by path, by name, or "last", which is a run.

    Raises:
        InputError: there is neither.
    """
    from learnscope.atlas.atlas import load_atlas
    from learnscope.runs.run import load_run

    if is_atlas(Path(what)):
        return load_atlas(what)
    try:
        folder = find_run(what, out)
    except InputError as error:
        if (atlas := _atlas_or_none(what, atlases)) is not None:
            return load_atlas(atlas)
        raise InputError(f"{error} Nor is there such an atlas in {str(atlases)!r}.") from None
    return load_run(folder)


def experiment_or_atlas(
    what: str, overrides: Mapping[str, Any], out: Path, atlases: Path
) -> Experiment | Atlas:
    """Return an atlas, or else the experiment of a name of the catalogue, a file or a run.

    Raises:
        InputError: there is none, a setting is wrong, or an atlas was given settings.
    """
    from learnscope.atlas.atlas import load_atlas
    from learnscope.catalogue import names
    from learnscope.cli.source import find_shown, is_file

    atlas = Path(what) if is_atlas(Path(what)) else None
    if atlas is None and what not in names() and not is_file(what) and not _is_run(what, out):
        atlas = _atlas_or_none(what, atlases)
    if atlas is None:
        return find_shown(what, overrides, out)
    if overrides:
        raise InputError(
            "The points of an atlas have their own settings, and --"
            f"{next(iter(overrides))} would change them. Leave it out, or sweep again."
        )
    return load_atlas(atlas)


def _is_run(what: str, out: Path) -> bool:
    try:
        find_run(what, out)
    except InputError:
        return False
    return True


def _atlas_or_none(what: str, atlases: Path) -> Path | None:
    try:
        return find_atlas(what, atlases)
    except InputError:
        return None
