"""Rounds: ordinary sweeps into one atlas, each over points that are chosen by those before.

A round is a function of the sweep that was asked for and of the table that the rounds before
left. So a command given again finds its members there and goes on from the first that is missing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from learnscope.sweeps.axes import LINK
from learnscope.sweeps.points import Point
from learnscope.sweeps.states import States
from learnscope.sweeps.sweep import Sweep
from learnscope.sweeps.work import Swept


class Train(Protocol):
    """Trains a round, see `learnscope.sweeps.drive.sweep`."""

    def __call__(self, part: Sweep, /, *, title: str = "", states: States | None = None) -> Swept:
        """Train what the atlas does not have of it.

        Args:
            part: the round, a sweep over points that are known.
            title: how progress and messages call it.
            states: where its members go on from.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """A round that is through."""

    title: str
    part: Sweep
    done: Swept

    def points(self) -> list[Point]:
        """Return its points as the atlas has them."""
        known = self.done.atlas.points
        return [known[number] for number in self.done.points]


class Rounds:
    """The rounds of a sweep, one after the other.

    Args:
        train: trains a round.
    """

    def __init__(self, train: Train) -> None:
        self._train = train
        self.every: list[Round] = []

    @property
    def last(self) -> Round:
        """The round that was trained last."""
        return self.every[-1]

    def add(self, title: str, part: Sweep, states: States | None = None) -> Round:
        """Train another round."""
        done = self._train(part, title=title, states=states)
        if self.every:
            # Each table has the rows of those before: one of them is enough in memory.
            vars(self.last.done.atlas).pop("table", None)
        self.every.append(Round(title=title, part=part, done=done))
        return self.last


def at_points(wanted: Sweep, points: Sequence[Point], seeds: int | None = None) -> Sweep:
    """Return a sweep over exactly these points, into the same atlas."""
    paths = wanted.paths
    rows = [[point[path] for path in paths] for point in points]
    over: dict[str, Any] = {LINK.join(paths): rows if len(paths) > 1 else [r[0] for r in rows]}
    experiment = (
        wanted.experiment if seeds is None else wanted.experiment.override({"seeds": seeds})
    )
    known = {"over": over, "where": "", "sample": None, "experiment": experiment}
    return all_at_once(wanted).model_copy(update=known)


def all_at_once(wanted: Sweep) -> Sweep:
    """Return a sweep whose points are all trained, as it is written."""
    sampler = "sobol" if wanted.sampler == "optuna" else wanted.sampler
    unset = dict.fromkeys(("refine", "halving", "eta", "trials", "measure"))
    return wanted.model_copy(update={**unset, "sampler": sampler})


def key_of(point: Point) -> str:
    """Return a text that equal points alone share."""
    return json.dumps(point, sort_keys=True)


def scores(found: Round, measure: str | None, least: int = 1) -> dict[int, tuple[float, float]]:
    """Return number of a point -> mean and its standard error, over the seeds of a round.

    Points of which fewer than `least` members count are left out; members that diverged do not
    count. The error is NaN for one member.
    """
    atlas, seeds = found.done.atlas, found.part.experiment.root_seeds()
    name = atlas.check_measure(measure or atlas.score)
    where = (f"seed >= {seeds[0]}", f"seed <= {seeds[-1]}")
    return {
        row["point"]: (row["mean"], math.nan if row["n"] < 2 else row["sd"] / math.sqrt(row["n"]))
        for row in atlas.group("point", name, where=where, quantiles=()).iter_rows(named=True)
        if row["n"] >= least
    }


def together(rounds: Sequence[Round], all_epochs: int | None = None) -> Swept:
    """Return what came of all rounds, each member counted once.

    Args:
        rounds: one or more.
        all_epochs: those that all points would take to the end, where fewer were trained.
    """
    members = {
        (number, seed)
        for r in rounds
        for number in r.done.points
        for seed in r.part.experiment.root_seeds()
    }
    every = [r.done for r in rounds]
    trained, failed = sum(d.trained for d in every), sum(d.failed for d in every)
    return replace(
        every[-1],
        members=len(members),
        trained=trained,
        skipped=len(members) - trained - failed,
        failed=failed,
        errors=tuple(text for d in every for text in d.errors),
        seconds=sum(d.seconds for d in every),
        diverged=_diverged(every[-1], members),
        epochs=sum(d.epochs for d in every),
        all_epochs=all_epochs,
        rounds=tuple({"round": r.title, **_row(r)} for r in rounds),
    )


def _row(found: Round) -> dict[str, Any]:
    done = found.done
    return {
        "points": len(done.points),
        "seeds": found.part.experiment.seeds,
        "members": done.members,
        "trained": done.trained,
        "epochs": done.epochs,
        "seconds": done.seconds,
    }


def _diverged(done: Swept, members: set[tuple[int, int]]) -> int:
    lost = done.atlas.select("status == diverged").select("point", "seed").iter_rows()
    return len(members & set(lost))
