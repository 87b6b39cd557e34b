"""What the user means by WHAT: a name of the catalogue, a settings file, a CSV file or a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learnscope.catalogue import named, names
from learnscope.errors import InputError
from learnscope.experiment import Experiment, load_experiment, read_experiment
from learnscope.overrides import apply_overrides
from learnscope.runs.folder import EXPERIMENT, find_run, is_run

FILES, TABLES = {".toml", ".json"}, {".csv", ".tsv"}


def find_experiment(
    what: str | None, overrides: Mapping[str, Any], target: str | None = None
) -> Experiment:
    """Return the experiment that is meant, with the overrides laid over it.

    A path that exists, or ends in .toml, .json, .csv or .tsv, is a file; all else is a name. The
    path of a problem's own file is made absolute, so that the run can be read from anywhere.

    Raises:
        InputError: there is no such thing, or a setting is wrong.
    """
    return _with_whole_path(_find(what, overrides, target))


def _find(what: str | None, overrides: Mapping[str, Any], target: str | None) -> Experiment:
    if what is None:
        return _from_settings(overrides)
    if Path(what).suffix.lower() in TABLES:
        from learnscope.cli.own_table import experiment_for_table

        return experiment_for_table(Path(what), target, overrides)
    if target is not None:
        raise InputError(f"--target names a column of a CSV file, and {what!r} is none.")
    return _stored(what).override(overrides)


def find_shown(
    what: str | None, overrides: Mapping[str, Any], out: Path, target: str | None = None
) -> Experiment:
    """Return the experiment that is meant, where that may be the experiment of a run too."""
    if what is not None and not is_file(what) and what not in names():
        folder = _run_or_none(what, out)
        if folder is not None:
            return load_experiment(folder / EXPERIMENT).override(overrides)
    return find_experiment(what, overrides, target)


def is_file(what: str) -> bool:
    """Whether a word means a file."""
    path = Path(what)
    return path.is_file() or path.suffix.lower() in FILES | TABLES


def _with_whole_path(experiment: Experiment) -> Experiment:
    path = getattr(experiment.problem, "path", None)
    if not isinstance(path, str) or Path(path).is_absolute():
        return experiment
    data = experiment.to_dict()
    # Not an override, which would read a comma in the path as a list.
    data["problem"]["path"] = str(Path(path).absolute())
    return read_experiment(data)


def _stored(what: str) -> Experiment:
    path = Path(what)
    if is_run(path):
        return load_experiment(path / EXPERIMENT)
    return load_experiment(path) if is_file(what) else named(what)


def _from_settings(overrides: Mapping[str, Any]) -> Experiment:
    if not overrides:
        raise InputError(
            "Say what: a name ('learnscope list' shows all), a TOML file, a CSV file with "
            "--target, or settings such as --problem spirals."
        )
    return read_experiment(apply_overrides({}, overrides))


def _run_or_none(what: str, out: Path) -> Path | None:
    try:
        return find_run(what, out)
    except InputError:
        # The complaint about the name is the more useful one.
        return None
