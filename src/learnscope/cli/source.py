"""What the user means by WHAT: a name of the catalogue, a settings file, a CSV file or a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from learnscope.catalogue import named, names
from learnscope.errors import InputError
from learnscope.experiment import Experiment, load_experiment, read_experiment, with_whole_paths
from learnscope.overrides import apply_overrides
from learnscope.runs.folder import EXPERIMENT, find_run, is_run, read_settings

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
    return with_whole_paths(_find(what, overrides, target))


def _find(what: str | None, overrides: Mapping[str, Any], target: str | None) -> Experiment:
    if what is None:
        return _from_settings(overrides)
    if Path(what).suffix.lower() in TABLES:
        from learnscope.cli.own_table import experiment_for_table

        return experiment_for_table(Path(what), target, overrides)
    if target is not None:
        raise InputError(f"--target names a column of a CSV file, and {what!r} is none.")
    return _laid_over(_stored(what), overrides)


def _laid_over(experiment: Experiment, overrides: Mapping[str, Any]) -> Experiment:
    """Return the experiment with the overrides; one with another problem has another name."""
    changed = experiment.override(overrides)
    kind = changed.problem.kind_name()
    if kind == experiment.problem.kind_name():
        return changed
    anew = {"name": kind, "title": ""}
    return changed.override({k: v for k, v in anew.items() if k not in overrides})


def find_shown(
    what: str | None, overrides: Mapping[str, Any], out: Path, target: str | None = None
) -> Experiment:
    """Return the experiment that is meant, where that may be the experiment of a run too."""
    if what is not None and not is_file(what) and what not in names():
        folder = _run_or_none(what, out)
        if folder is not None:
            return _laid_over(read_settings(folder), overrides)
    return find_experiment(what, overrides, target)


def is_problem(what: str, out: Path) -> bool:
    """Whether a word means a problem by itself: experiments, files and runs come first."""
    from learnscope.problems import PROBLEMS

    if what not in PROBLEMS or what in names() or is_file(what):
        return False
    return _run_or_none(what, out) is None


def is_file(what: str) -> bool:
    """Whether a word means a file."""
    path = Path(what)
    return path.is_file() or path.suffix.lower() in FILES | TABLES


def _stored(what: str) -> Experiment:
    path = Path(what)
    if is_run(path):
        return load_experiment(path / EXPERIMENT)
    if is_file(what):
        return load_experiment(path)
    _refuse_problem(what)
    return named(what)


def _refuse_problem(what: str) -> None:
    from learnscope.cli.problems import how_to_run
    from learnscope.problems import PROBLEMS

    if what in PROBLEMS and what not in names():
        raise InputError(
            f"There is no experiment {what!r}; {what!r} is a problem: use '{how_to_run(what)}'."
        )


def _from_settings(overrides: Mapping[str, Any]) -> Experiment:
    if not overrides:
        raise InputError(
            "Say what: a name ('learnscope list' shows all), a TOML file, a CSV file with "
            "--target, or settings such as --problem spirals."
        )
    experiment = read_experiment(apply_overrides({}, overrides))
    if "name" in overrides:
        return experiment
    return experiment.override({"name": experiment.problem.kind_name()})


def _run_or_none(what: str, out: Path) -> Path | None:
    try:
        return find_run(what, out)
    except InputError:
        # The complaint about the name is the more useful one.
        return None
