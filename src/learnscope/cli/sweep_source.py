"""What the user means by WHAT of a sweep: a file, a name, and their own sweeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from learnscope.catalogue import names
from learnscope.catalogue.named_sweeps import named_sweep
from learnscope.cli.source import FILES, find_experiment
from learnscope.errors import InputError
from learnscope.experiment import load_data, read_experiment, with_whole_paths
from learnscope.sweeps.reading import make_sweep, read_over
from learnscope.sweeps.sweep import Sweep


def find_sweep(
    what: str | None,
    named: str,
    over: Sequence[str],
    options: Mapping[str, Any],
    overrides: Mapping[str, Any],
    target: str | None = None,
) -> Sweep:
    """Return the sweep that is meant.

    Axes that are given are added to those of a file, or take their place. An experiment of the
    catalogue brings its own sweep only where no axis is given.

    Args:
        what: name of the catalogue, settings file or CSV file.
        named: which of the sweeps of an entry of the catalogue, "" for the first.
        over: axes, SETTING=VALUES.
        options: where, sample and so on, None for what was not given.
        overrides: dotted settings of all members.
        target: column of a CSV file.

    Raises:
        InputError: there is no such thing, no axis, or a setting is wrong.
    """
    axes = read_over(over)
    if what is not None and Path(what).suffix.lower() in FILES:
        if named:
            raise InputError(f"--named chooses a sweep of the catalogue, and {what!r} is a file.")
        return _of_file(what, axes, options, overrides)
    if what is not None and what in names() and target is None and (named or not axes):
        return named_sweep(what, named, overrides=overrides, over=axes, options=options)
    if named:
        raise InputError("--named chooses a sweep of an experiment of the catalogue: name that.")
    return make_sweep(find_experiment(what, overrides, target), None, axes, options)


def _of_file(
    what: str, axes: Mapping[str, Any], options: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Sweep:
    data = load_data(what)
    table = data.pop("sweep", None)
    try:
        experiment = with_whole_paths(read_experiment(data).override(overrides))
        return make_sweep(experiment, table, axes, options)
    except InputError as error:
        raise InputError(f"{what!r}: {error}") from None
