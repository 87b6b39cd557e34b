"""What a sweep has to train, cut into shards of some seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from learnscope.costs import estimate, known_rates
from learnscope.costs.estimate import result_bytes
from learnscope.experiment import Experiment
from learnscope.stand_in import with_stand_in
from learnscope.sweeps.points import Point
from learnscope.sweeps.route import ShardRoute, SweepRoute, choose_sweep_route
from learnscope.sweeps.shard import Shard
from learnscope.sweeps.sweep import Sweep
from learnscope.training.member import Member, data_key, prepare
from learnscope.training.stackable import STACK

SHARD_SECONDS = 2.0
"""Time that a shard is to take. What is finished is kept that often; less is spent on keeping."""
MOST_MEMBERS = 500
"""Members of a shard, at most: their data and results are held in memory together."""
LEAST_SHARDS = 4
"""Shards for each worker, at least, so that all end at about the same time."""
MOST_KINDS = 200
"""Kinds of member whose cost is looked at; more are taken to cost the mean."""
UNKNOWN_SECONDS = 1.0
"""What a member is taken to cost whose work cannot be counted, until the first are done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a sweep trains.

    Attributes:
        sweep: the sweep, with stand-ins for images that are not here.
        points: settings of each point.
        experiments: the experiment of each point.
        route: the trainer.
        reason: why that one.
        seconds: estimated time of one member of each point, on one core.
        bytes: estimated size of one member of each point in the store.
        counted: whether the estimates know the work of these models.
    """

    sweep: Sweep
    points: tuple[Point, ...]
    experiments: tuple[Experiment, ...]
    route: ShardRoute
    reason: str
    seconds: tuple[float, ...]
    bytes: tuple[int, ...]
    counted: bool

    @property
    def n_members(self) -> int:
        """Members asked for."""
        return sum(experiment.seeds for experiment in self.experiments)

    @property
    def epochs(self) -> int:
        """Epochs of all members."""
        return sum(e.seeds * e.training.epochs for e in self.experiments)


def make_plan(sweep: Sweep, route: SweepRoute = "auto") -> Plan:
    """Return what a sweep trains; every point is checked, nothing is trained.

    Raises:
        InputError: the settings of a point do not go together, or the route cannot train it.
        DataError: the data of a point cannot be learned from.
    """
    base = with_stand_in(sweep.experiment)
    sweep = sweep if base is sweep.experiment else sweep.model_copy(update={"experiment": base})
    points = tuple(sweep.points())
    experiments = tuple(sweep.at(point) for point in points)
    points = tuple(map(as_read, points, experiments))
    kinds = _kinds(experiments)
    members = {kind: prepare(experiments[i], experiments[i].seed) for kind, i in kinds.items()}
    count = sum(e.seeds for e in experiments)
    own, reason = choose_sweep_route(list(members.values()), route, count)
    costs = {kind: _seconds(member, own) for kind, member in members.items()}
    sizes = {kind: _bytes(member) for kind, member in members.items()}
    known = [seconds for seconds in costs.values() if seconds is not None]
    usual = sum(known) / len(known) if known else UNKNOWN_SECONDS
    usual_size = sum(sizes.values()) // len(sizes)
    keys = [_kind(experiment) for experiment in experiments]
    return Plan(
        sweep=sweep,
        points=points,
        experiments=experiments,
        route=own,
        reason=reason,
        seconds=tuple(_or(costs.get(key), usual) for key in keys),
        bytes=tuple(sizes.get(key, usual_size) for key in keys),
        counted=len(known) == len(costs),
    )


def as_read(point: Point, experiment: Experiment) -> Point:
    """Return a point with its numbers as the experiment took them: a noise of 0 is one of 0.0.

    Two ways to write a number are then one point of an atlas.
    """
    return {path: _as_read(path, value, experiment) for path, value in point.items()}


def _as_read(path: str, value: Any, experiment: Experiment) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    here: Any = experiment
    for word in path.split("."):
        if isinstance(here, tuple) and word.isdigit() and int(word) < len(here):
            here = here[int(word)]
        else:
            here = getattr(here, word, None)
    # A setting that is no attribute stays as it was written.
    same = isinstance(here, int | float) and not isinstance(here, bool) and here == value
    return here if same else value


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _kind(experiment: Experiment) -> Hashable:
    """Return what the cost of a member depends on, as far as settings tell."""
    problem, training = experiment.problem, experiment.training
    return (
        problem.kind_name(),
        getattr(problem, "n", None),
        experiment.features,
        experiment.model,
        training.epochs,
        training.batch_size,
        training.optimizer.kind_name(),
        training.loss.kind_name(),
        training.precision,
        training.split,
    )


def _kinds(experiments: Sequence[Experiment]) -> dict[Hashable, int]:
    """Return kind -> place of one of it, spread over all where there are too many."""
    found: dict[Hashable, int] = {}
    for i, experiment in enumerate(experiments):
        found.setdefault(_kind(experiment), i)
    step = -(-len(found) // MOST_KINDS)
    return dict(list(found.items())[::step])


def _seconds(member: Member, route: ShardRoute) -> float | None:
    # A stack is guessed to take as long as its members one by one.
    trainer: Literal["fused", "torch"] = "fused" if route == "fused" else "torch"
    found = estimate([member], trainer, known_rates(trainer))
    return None if found is None else found.seconds


def _bytes(member: Member) -> int:
    # Beside weights and history: a row of the table, and its entry in the index.
    return result_bytes(member) + 400


def cut(
    plan: Plan, done: Callable[[int, int], bool], workers: int
) -> tuple[list[Shard], list[tuple[int, ...]]]:
    """Return the shards of the members that are not there yet, and the points of each.

    Args:
        plan: what is to be trained.
        done: whether the member of a point (its place in the plan) and seed is there.
        workers: how many train at a time.
    """
    base = plan.sweep.experiment.to_dict()
    missing = [
        (i, tuple(seed for seed in e.root_seeds() if not done(i, seed)))
        for i, e in enumerate(plan.experiments)
    ]
    total = sum(plan.seconds[i] * len(seeds) for i, seeds in missing)
    count = sum(len(seeds) for _, seeds in missing)
    limit = min(SHARD_SECONDS, total / (LEAST_SHARDS * workers)) if total else SHARD_SECONDS
    most = max(1, min(MOST_MEMBERS, math.ceil(count / (LEAST_SHARDS * workers))))
    if plan.route == "stack":
        # A shard is a stack, however long it takes.
        limit, most = math.inf, STACK
    shards, places = [], []
    parts = missing if plan.route != "fused" else sharing_data(plan, missing, limit, most)
    for group in _groups(plan, parts, limit, most):
        shards.append(_shard(plan, base, group))
        places.append(tuple(i for i, _ in group))
    return shards, places


_Group = list[tuple[int, tuple[int, ...]]]


def sharing_data(plan: Plan, missing: _Group, limit: float, most: int) -> _Group:
    """Return the same members in an order that brings those with the same data together.

    Points of one problem that differ in the training or the model alone draw the same data for a
    seed, which a shard does once. As many points as seeds stand together where there are enough
    of both, since a shard has to make the experiment of each of its points too.
    """
    alike: dict[Hashable, _Group] = {}
    for i, seeds in missing:
        alike.setdefault(data_key(plan.experiments[i], 0), []).append((i, seeds))
    found: _Group = []
    for group in alike.values():
        seconds = sum(plan.seconds[i] for i, _ in group) / len(group)
        room = most if seconds * most <= limit else max(1, int(limit / seconds))
        side = max(1, math.isqrt(room))
        for start in range(0, len(group), side):
            band = group[start : start + side]
            found += _in_turns(band, max(1, room // len(band)))
    return found


def _in_turns(band: _Group, n: int) -> _Group:
    """Return n seeds of each point, then the next n of each."""
    longest = max(len(seeds) for _, seeds in band)
    turns = [(i, seeds[at : at + n]) for at in range(0, longest, n) for i, seeds in band]
    return [(i, seeds) for i, seeds in turns if seeds]


def _groups(
    plan: Plan, missing: Iterable[tuple[int, tuple[int, ...]]], limit: float, most: int
) -> Iterable[_Group]:
    group: _Group = []
    seconds, n = 0.0, 0
    for i, seeds in missing:
        rest = seeds
        while rest:
            free = plan.seconds[i] == 0 or limit == math.inf
            fits = most if free else int((limit - seconds) / plan.seconds[i])
            take = max(0 if group else 1, min(fits, most - n, len(rest)))
            if take:
                group.append((i, rest[:take]))
                seconds, n, rest = seconds + take * plan.seconds[i], n + take, rest[take:]
            if rest:
                yield group
                group, seconds, n = [], 0.0, 0
    if group:
        yield group


def _shard(plan: Plan, base: dict[str, Any], group: _Group) -> Shard:
    return Shard(
        base=base,
        points=tuple(plan.points[i] for i, _ in group),
        seeds=tuple(seeds for _, seeds in group),
        route=plan.route,
        epochs=sum(len(seeds) * plan.experiments[i].training.epochs for i, seeds in group),
    )
