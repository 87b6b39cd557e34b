"""Small shards for the tests of engines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from learnscope.engines.base import Engine, Event
from learnscope.experiment import read_experiment
from learnscope.sweeps.packing import Row, unpack
from learnscope.sweeps.shard import Shard

SECONDS = 150.0
"""Longest wait for what must come; no test depends on how long it takes."""

BASE: dict[str, Any] = {
    "problem": {"kind": "spirals", "n": 40, "noise": 0.2},
    "model": {"kind": "mlp", "hidden": [4]},
    "training": {"loss": "mse", "optimizer": "adam", "lr": 0.01, "epochs": 20},
}


def shard(
    seeds: Sequence[int] = (0, 1), *, epochs: int = 20, settings: dict[str, Any] | None = None
) -> Shard:
    """A shard of PyTorch members, small unless `epochs` says otherwise."""
    point = {"training.epochs": epochs, **(settings or {})}
    return Shard(
        base=read_experiment(BASE).to_dict(),
        points=(point,),
        seeds=(tuple(seeds),),
        route="torch",
        epochs=epochs * len(seeds),
    )


def long() -> Shard:
    """A shard that lasts until it is stopped."""
    return shard((0,), epochs=1_000_000, settings={"training.eval_every": 500})


def ends(
    engine: Engine, n: int, kinds: Sequence[str] = ("done", "failed", "refused")
) -> list[Event]:
    """Wait for n events of some kinds."""
    found: list[Event] = []
    until = time.monotonic() + SECONDS
    while len(found) < n and time.monotonic() < until:
        found.extend(event for event in engine.events(0.1) if event.kind in kinds)
    assert len(found) >= n, f"{len(found)} of {n} events came"
    return found


def facts(payload: bytes) -> list[tuple[Any, ...]]:
    """All of a result but the seconds, which are no function of the shard, as comparable bytes."""
    return [(point, *_facts(row)) for point, row in unpack(payload)]


def _facts(row: Row) -> tuple[Any, ...]:
    values = tuple((name, repr(value)) for name, value in sorted(row.values.items()))
    return (row.seed, row.status, row.cause, row.epochs, values, row.mark(), row.history.tobytes())
