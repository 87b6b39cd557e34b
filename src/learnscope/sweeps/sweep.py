"""The sweep: an experiment with axes. A Python value, and a table `[sweep]` in a file."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import model_validator

from learnscope.errors import InputError
from learnscope.experiment import Experiment, load_data, read_experiment
from learnscope.settings import Count, Seed, Settings
from learnscope.sweeps.axes import Axis, read_axes
from learnscope.sweeps.points import Point, Sampler, grid, sampled

LOOKS = 20
"""Rows that the history of a member has in an atlas, besides that of the first weights."""


class Sweep(Settings):
    """An experiment, the settings of it that change, and how many seeds each point has.

    Attributes:
        experiment: what is the same for all members; its `seeds` are those of every point, the
            same ones, so that points are compared on the same draws.
        over: dotted setting -> its values, see `learnscope.sweeps.ranges`; settings joined by
            "/" change together.
        where: condition on the settings that change, e.g. "width * depth <= 32"; "" for none.
        sample: number of points drawn from the axes; left out, all points of the grid.
        sampler: how they are drawn.
        sampler_seed: seed of the draw.
    """

    experiment: Experiment
    over: dict[str, Any]
    where: str = ""
    sample: Count | None = None
    sampler: Sampler = "sobol"
    sampler_seed: Seed = 0

    @model_validator(mode="after")
    def _can_be_kept(self) -> Sweep:
        read_axes(self.over)
        if self.experiment.training.snapshots is not None:
            raise ValueError(
                "training.snapshots must be left out of a sweep, which keeps last weights only. "
                "Open a member and train it alone to see it on its way."
            )
        return self

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes, in the order in which they were given."""
        return read_axes(self.over)

    @property
    def paths(self) -> tuple[str, ...]:
        """The settings that change."""
        return tuple(path for axis in self.axes for path in axis.paths)

    def points(self) -> list[Point]:
        """Return the settings at every point.

        Raises:
            InputError: no point meets the condition, or there are too many.
        """
        if self.sample is None:
            return grid(self.axes, self.where)
        return sampled(self.axes, self.sample, self.sampler, self.sampler_seed, self.where)

    def at(self, point: Point) -> Experiment:
        """Return the experiment at a point, see `experiment_at`."""
        return experiment_at(self.experiment, point)

    def digest(self) -> str:
        """Return 6 hexadecimal digits of what is the same for all members of the atlas.

        Values of the axes, conditions and seeds do not count: a sweep with more of them adds to
        the same atlas.
        """
        data = self.experiment.to_dict()
        for word in ("name", "title", "seeds"):
            data.pop(word, None)
        for path in self.paths:
            _drop(data, path)
        text = json.dumps([data, sorted(self.paths)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:6]


def experiment_at(base: Experiment, point: Point) -> Experiment:
    """Return the experiment at a point of a sweep over `base`.

    Where nothing says how often a member is looked at, that is `LOOKS` times: a history of a
    thousand rows for each of a million members is what nobody can keep. The weights are the same.

    Raises:
        InputError: the settings do not go together; the message names the point.
    """
    try:
        found = base.override(point)
    except InputError as error:
        raise InputError(f"At {describe(point)}: {error}") from None
    training = found.training
    if training.eval_every is None and training.stopping is None and training.epochs > LOOKS:
        every = -(-training.epochs // LOOKS)
        found = found.override({"training.eval_every": every})
    return found


def describe(point: Point) -> str:
    """Say the settings of a point: "model.width = 4, problem.noise = 0.5"."""
    return ", ".join(f"{path} = {_value(value)}" for path, value in point.items())


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def read_sweep(data: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Sweep:
    """Make a sweep from plain data: an experiment's tables and a table `sweep`.

    Args:
        data: the tables.
        overrides: dotted settings laid over the experiment.

    Raises:
        InputError: there is no table `sweep`, or a setting is wrong.
    """
    rest = {word: value for word, value in data.items() if word != "sweep"}
    table = data.get("sweep")
    if not isinstance(table, dict):
        raise InputError(
            "A sweep needs an axis, a setting that changes: --over model.width=1..16, or a table "
            "[sweep.over] in the file."
        )
    from learnscope.sweeps.reading import make_sweep

    return make_sweep(read_experiment(rest).override(overrides or {}), table, {}, {})


def load_sweep(path: str | Path) -> Sweep:
    """Read a sweep from a TOML or JSON file: an experiment with a table `[sweep]`.

    Raises:
        InputError: the file cannot be read, or is no sweep.
    """
    try:
        return read_sweep(load_data(path))
    except InputError as error:
        raise InputError(f"{str(path)!r}: {error}") from None


def sweep_to_dict(sweep: Sweep) -> dict[str, Any]:
    """Return plain data from which the sweep can be made again."""
    table = sweep.plain()
    table.pop("experiment")
    return {**sweep.experiment.to_dict(), "sweep": table}


def sweep_to_toml(sweep: Sweep) -> str:
    """Return the sweep as a TOML file."""
    import tomli_w

    text = tomli_w.dumps(sweep_to_dict(sweep))
    tomllib.loads(text)
    return text


def _drop(data: dict[str, Any], path: str) -> None:
    """Take a dotted setting out of plain data, where it is there."""
    *words, last = path.split(".")
    here: Any = data
    for word in words:
        if isinstance(here, list) and word.isdigit() and int(word) < len(here):
            here = here[int(word)]
        elif isinstance(here, dict) and word in here:
            here = here[word]
        else:
            return
    if isinstance(here, dict):
        here.pop(last, None)
