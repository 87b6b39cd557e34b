"""What a sweep in rounds takes at most, before it begins: which points go on is known only then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from learnscope.sweeps.cost import SweepCost
from learnscope.sweeps.halving import ETA, epoch_counts, from_the_start, seed_counts, sizes
from learnscope.sweeps.plan import Plan, make_plan
from learnscope.sweeps.points import sampled
from learnscope.sweeps.refining import SHARE
from learnscope.sweeps.rounds import all_at_once, at_points
from learnscope.sweeps.route import SweepRoute
from learnscope.sweeps.searching import AT_A_TIME
from learnscope.sweeps.suggesting import n_places
from learnscope.sweeps.sweep import EPOCHS, Sweep

LOOKED_AT = 64
"""Points drawn from the axes of a search to see what the dearest costs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What a sweep in rounds takes at most.

    Attributes:
        plan: of points like those that it trains, for the route and the costs of a member.
        axes: names of the axes.
        points: points at most.
        seeds: seeds of a point at most.
        n_rounds: rounds at most.
        text: all of it in a few words, as the beginning of a sentence.
        cost: at most, without what is there already.
        epochs: trained at most.
        all_epochs: what all points to the end take, where most do not get there; else None.
        from_the_start: why members of halving over epochs begin anew in every round, else None.
    """

    plan: Plan
    axes: tuple[str, ...]
    points: int
    seeds: int
    n_rounds: int
    text: str
    cost: SweepCost
    epochs: int
    all_epochs: int | None = None
    from_the_start: str | None = None


def bound_of(wanted: Sweep, route: SweepRoute) -> Bound:
    """Return what a sweep in rounds takes at most; nothing is trained.

    Args:
        wanted: the sweep, settled, see `learnscope.sweeps.adaptive`.
        route: the trainer, or "auto".

    Raises:
        InputError: the settings of a point do not go together, or the route cannot train it.
        DataError: the data of a point cannot be learned from.
    """
    if wanted.way == "optuna":
        return _search(wanted, route)
    if wanted.way == "refine":
        return _refinement(wanted, route)
    return _seeds(wanted, route) if wanted.halving == "seeds" else _epochs(wanted, route)


def _search(wanted: Sweep, route: SweepRoute) -> Bound:
    trials = int(min(wanted.trials or 0, n_places(wanted.axes)))
    points = sampled(wanted.axes, LOOKED_AT, "sobol", wanted.sampler_seed, wanted.where)
    plan = make_plan(at_points(wanted, points), route)
    text = f"{trials} trials of Optuna over {_axes(wanted)}, {_each(wanted)}, {AT_A_TIME} at a time"
    return _bound(wanted, plan, [max(plan.seconds)] * trials, -(-trials // AT_A_TIME), text)


def _refinement(wanted: Sweep, route: SweepRoute) -> Bound:
    plan, rounds = make_plan(all_at_once(wanted), route), wanted.refine or 0
    n = len(plan.points)
    for _ in range(rounds):
        # A point has a neighbour above it on each axis at most.
        n += max(1, math.ceil(SHARE * n * len(wanted.paths)))
    seconds = [*plan.seconds, *[max(plan.seconds)] * (n - len(plan.points))]
    grid = f"A grid of {len(plan.points):,} points of {_axes(wanted)}, {_each(wanted)}"
    text = f"{grid}, made finer {'once' if rounds == 1 else f'{rounds} times'}"
    return _bound(wanted, plan, seconds, rounds + 1, text)


def _seeds(wanted: Sweep, route: SweepRoute) -> Bound:
    plan, counts = make_plan(all_at_once(wanted), route), seed_counts(wanted)
    dear = sorted(plan.seconds, reverse=True)
    left = sizes(len(dear), len(counts), wanted.eta or ETA)
    new = [b - a for a, b in zip((0, *counts), counts, strict=False)]
    members = sum(n * seeds for n, seeds in zip(left, new, strict=True))
    seconds = sum(sum(dear[:n]) * seeds for n, seeds in zip(left, new, strict=True))
    epochs = max(e.training.epochs for e in plan.experiments)
    text = f"{_steps(left)} points of {_axes(wanted)} with {_steps(counts)} seeds"
    return Bound(
        plan=plan,
        axes=_names(wanted),
        points=len(dear),
        seeds=counts[-1],
        n_rounds=len(counts),
        text=text,
        cost=_cost(members, seconds, max(plan.bytes)),
        epochs=members * epochs,
    )


def _epochs(wanted: Sweep, route: SweepRoute) -> Bound:
    counts, seeds = epoch_counts(wanted), wanted.experiment.seeds
    points = [{**point, EPOCHS: counts[-1]} for point in wanted.points()]
    plan = make_plan(at_points(wanted, points), route)
    anew = from_the_start(wanted, plan.route)
    dear = sorted(plan.seconds, reverse=True)
    left = sizes(len(dear), len(counts), wanted.eta or ETA)
    # As if all began anew, which those do whose states would cost more time than they spare.
    shares = [epochs / counts[-1] for epochs in counts]
    points_of = f"{_steps(left)} points of {_axes(wanted)}, {_each(wanted)},"
    text = f"{points_of} for {_steps(counts)} epochs"
    return Bound(
        plan=plan,
        axes=_names(wanted),
        points=len(dear),
        seeds=seeds,
        n_rounds=len(counts),
        text=text,
        cost=_cost(
            seeds * sum(left),
            seeds * sum(sum(dear[:n]) * share for n, share in zip(left, shares, strict=True)),
            max(plan.bytes),
        ),
        epochs=seeds * sum(n * epochs for n, epochs in zip(left, counts, strict=True)),
        all_epochs=seeds * len(dear) * counts[-1],
        from_the_start=anew,
    )


def _bound(wanted: Sweep, plan: Plan, seconds: Sequence[float], n_rounds: int, text: str) -> Bound:
    seeds = wanted.experiment.seeds
    members = seeds * len(seconds)
    return Bound(
        plan=plan,
        axes=_names(wanted),
        points=len(seconds),
        seeds=seeds,
        n_rounds=n_rounds,
        text=text,
        cost=_cost(members, seeds * sum(seconds), max(plan.bytes)),
        epochs=members * max(e.training.epochs for e in plan.experiments),
    )


def _cost(members: int, seconds: float, size: int) -> SweepCost:
    from learnscope.fused.cost import cores

    threads = cores()
    return SweepCost(
        members=members, there=0, seconds=seconds / threads, bytes=members * size, threads=threads
    )


def _names(wanted: Sweep) -> tuple[str, ...]:
    return tuple(axis.name for axis in wanted.axes)


def _axes(wanted: Sweep) -> str:
    return " x ".join(_names(wanted))


def _each(wanted: Sweep) -> str:
    seeds = wanted.experiment.seeds
    return f"{seeds:,} {'seed' if seeds == 1 else 'seeds'} each"


def _steps(numbers: Sequence[int]) -> str:
    """Return e.g. "16, 8, 4"."""
    return ", ".join(f"{n:,}" for n in numbers)
