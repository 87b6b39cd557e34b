"""What a user means by a sweep: a file or an entry that has one, and axes given beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from learnscope.errors import InputError
from learnscope.experiment import Experiment
from learnscope.sweeps.sweep import Sweep


def read_over(texts: Sequence[str]) -> dict[str, str]:
    """Return axis -> values of texts such as "model.width=1..16".

    Raises:
        InputError: one has no "=", or an axis is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(
                f"--over needs SETTING=VALUES, for example model.width=1..16, got {text!r}."
            )
        if name in found:
            raise InputError(
                f"The axis {name} was given twice: {found[name]!r} and {values!r}. Leave one."
            )
        found[name] = values
    return found


def make_sweep(
    experiment: Experiment,
    table: Mapping[str, Any] | None,
    over: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Sweep:
    """Return a sweep over an experiment.

    Args:
        experiment: what is the same for all members.
        table: a sweep that the experiment came with, plain data as in a file's `[sweep]`.
        over: axes that are added to it, or take the place of its own of the same name.
        options: `where`, `sample` and so on, likewise; None for those that were not given.

    Raises:
        InputError: there is no axis, or a setting is wrong.
    """
    own = dict(table or {})
    if "experiment" in own:
        raise InputError("sweep.experiment is the file itself: leave it out.")
    axes = own.pop("over", {})
    if not isinstance(axes, Mapping):
        raise InputError(
            f"sweep.over must be a table of settings and their values, got {axes!r}. Write "
            '[sweep.over] with lines such as "model.width" = "1..16".'
        )
    given = {name: value for name, value in options.items() if value is not None}
    return Sweep(experiment=experiment, over=_plain_axes(axes) | dict(over), **{**own, **given})


def _plain_axes(axes: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return dotted name -> values; TOML reads model.width = [1, 2] as a table in a table."""
    found: dict[str, Any] = {}
    for word, value in axes.items():
        name = f"{before}{word}"
        found |= _plain_axes(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return found
