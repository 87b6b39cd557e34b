"""The sweep: an experiment with axes. A Python value, and a table `[sweep]` in a file."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from learnscope.errors import InputError
from learnscope.experiment import Experiment, load_data, read_experiment
from learnscope.settings import Count, Seed, Settings, Whole
from learnscope.sweeps.axes import Axis, read_axes
from learnscope.sweeps.points import Point, Sampler, grid, sampled

LOOKS = 20
"""Rows that the history of a member has in an atlas, besides that of the first weights."""
EPOCHS = "training.epochs"
"""What changes beside the axes where points are halved over epochs."""
MOST_ROUNDS = 20
"""Rounds of refinement, at most: after so many, neighbours are a millionth of their way apart."""

Way = Literal["refine", "halving", "optuna"]
"""How a sweep chooses its points on the way."""


class Sweep(Settings):
    """An experiment, the settings of it that change, and how many seeds each point has.

    Attributes:
        experiment: what is the same for all members; its `seeds` are those of every point, the
            same ones, so that points are compared on the same draws.
        over: dotted setting -> its values, see `learnscope.sweeps.ranges`; settings joined by
            "/" change together.
        where: condition on the settings that change, e.g. "width * depth <= 32"; "" for none.
        sample: number of points drawn from the axes; left out, all points of the grid.
        sampler: how they are drawn: "sobol" and "random" draw `sample` points beforehand, "optuna"
            chooses `trials` points by what came of those before.
        sampler_seed: seed of the draw.
        trials: points that Optuna chooses.
        refine: how often points are added between neighbours where the measure changes most.
        halving: "seeds" begins with few seeds of every point, "epochs" with few epochs; the better
            points get more, until the few that are left have all.
        eta: one in how many points goes on to the next round of halving, with so many times the
            seeds or epochs; left out, 2.
        measure: what rounds compare points by; left out, accuracy or squared error.
    """

    experiment: Experiment
    over: dict[str, Any]
    where: str = ""
    sample: Count | None = None
    sampler: Sampler | Literal["optuna"] = "sobol"
    sampler_seed: Seed = 0
    trials: Count | None = None
    refine: Annotated[Whole, Field(ge=1, le=MOST_ROUNDS)] | None = None
    halving: Literal["seeds", "epochs"] | None = None
    eta: Annotated[Whole, Field(ge=2, le=10)] | None = None
    measure: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Sweep:
        ways = [word for word in ("refine", "halving") if getattr(self, word) is not None]
        ways += ["sampler optuna"] if self.sampler == "optuna" else []
        if len(ways) > 1:
            raise ValueError(
                f"{ways[0]} and {ways[1]} each choose the points in rounds of their own: leave one."
            )
        if self.measure is not None and not ways:
            raise ValueError(
                "measure is what rounds compare points by: add refine, halving or the sampler "
                "optuna, or ask an atlas for it with 'learnscope atlas query'."
            )
        if self.eta is not None and self.halving is None:
            raise ValueError("eta is one in how many points halving keeps: add halving.")
        if (self.trials is None) != (self.sampler != "optuna"):
            raise ValueError(
                "trials is the number of points that the sampler optuna chooses, and it needs one: "
                "sampler = 'optuna' goes with trials = 60. For points drawn beforehand, use sample."
            )
        if self.sample is not None and self.sampler == "optuna":
            raise ValueError("sample is for points drawn beforehand: with optuna, give trials.")
        if self.refine is not None and self.sample is not None:
            raise ValueError("refine makes a grid finer, and sample draws points: leave one.")
        if self.halving == "epochs" and EPOCHS in self.paths[:-1]:
            raise ValueError(
                f"halving over epochs chooses {EPOCHS} itself: take it out of the axes, or use "
                "halving = 'seeds'."
            )
        return self

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
        own = tuple(path for axis in self.axes for path in axis.paths)
        return (*own, EPOCHS) if self.halving == "epochs" else own

    @property
    def way(self) -> Way | None:
        """How points are chosen on the way, None where all are known beforehand."""
        if self.sampler == "optuna":
            return "optuna"
        return "refine" if self.refine else "halving" if self.halving else None

    @property
    def is_scattered(self) -> bool:
        """Whether the points lie anywhere, and not at the places of a grid."""
        return self.sample is not None or self.sampler == "optuna"

    def points(self) -> list[Point]:
        """Return the settings at every point that is known beforehand.

        Raises:
            InputError: no point meets the condition, there are too many, or all of them are
                chosen on the way.
        """
        if self.sampler == "optuna":
            raise InputError("Optuna chooses the points of this sweep on the way.")
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
