"""What a sweep will cost, before it begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from learnscope.atlas.store import STORE, Store
from learnscope.sweeps.plan import Plan
from learnscope.sweeps.points import Point


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepCost:
    """What is left to do for a sweep.

    Attributes:
        members: members asked for.
        there: those that the atlas has already.
        seconds: estimated wall time of the rest on this machine, without early stopping.
        bytes: estimated size that the rest adds to the store.
        threads: cores that the estimate counts on.
    """

    members: int
    there: int
    seconds: float
    bytes: int
    threads: int


def cost_of(plan: Plan, out: Path) -> SweepCost:
    """Return what a sweep costs that writes into its atlas below `out`; nothing is made.

    Raises:
        DataError: the atlas is there and damaged.
    """
    from learnscope.fused.cost import cores

    done = _done(plan, out)
    there, seconds, size = 0, 0.0, 0
    for point, experiment, each, one in zip(
        plan.points, plan.experiments, plan.seconds, plan.bytes, strict=True
    ):
        have = done.get(_key(point), frozenset())
        wanted = experiment.root_seeds()
        found = sum(seed in wanted for seed in have)
        missing = experiment.seeds - found
        there += found
        seconds += missing * each
        size += missing * one
    threads = cores()
    return SweepCost(
        members=plan.n_members,
        there=there,
        seconds=seconds / threads,
        bytes=size,
        threads=threads,
    )


def _done(plan: Plan, out: Path) -> dict[str, frozenset[int]]:
    """Return the seeds that the atlas has of each point."""
    path = out / f"{plan.sweep.experiment.name}-{plan.sweep.digest()}" / STORE
    if not path.is_file():
        return {}
    store = Store(path)
    try:
        points = store.points()
        seeds: dict[int, set[int]] = {}
        for point, seed in store.done():
            seeds.setdefault(point, set()).add(seed)
    finally:
        store.close()
    return {_key(points[point]): frozenset(own) for point, own in seeds.items()}


def _key(point: Point) -> str:
    return json.dumps(point, sort_keys=True)
