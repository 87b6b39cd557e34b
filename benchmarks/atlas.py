"""An atlas of a million members: its table read and written, its groups, its memory.

The store is made here: the members of one shard, and as many more rows with scores that are
drawn. What is timed does not depend on what was learned.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from learnscope.atlas.atlas import Atlas
from learnscope.atlas.folder import SWEEP, TABLE
from learnscope.atlas.store import FIXED, STORE, Store
from learnscope.atlas.table import table_of, write_table
from learnscope.experiment import Experiment
from learnscope.sweeps.packing import KEPT_HISTORY, Row, pack
from learnscope.sweeps.sweep import Sweep, sweep_to_toml

T = TypeVar("T")

SCORES = ("loss", "accuracy", "balanced_accuracy", "mse")
SEEDS = 100


def main() -> None:
    """Print the times, and the greatest memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, default=None, help="keep the atlas in this folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = given.out or Path(room)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / STORE).exists():
            _timed("store made", lambda: _make(folder, given.members))
        _measure(folder)


def _measure(folder: Path) -> None:
    store, paths = Store(folder / STORE), Atlas(folder).axes
    before = _peak()
    rows = _timed("Parquet from the store", lambda: write_table(store.path, paths, folder / TABLE))
    print(f"memory above that before: {_peak() - before:,.0f} MB at most")
    atlas = Atlas(folder)
    atlas.meta["members_in_table"] = rows
    _timed("first group over seeds, reading Parquet", lambda: atlas.group())
    _timed("group over seeds, again", lambda: atlas.group())
    _timed("group by width where noise <= 1", lambda: atlas.group("width", where="noise <= 1"))
    print(f"memory above that before: {_peak() - before:,.0f} MB at most")
    table = _timed("whole table from the store", lambda: table_of(store, paths))
    print(f"{len(table):,} members, {table.estimated_size() / 1e6:,.0f} MB of table")
    print(f"memory above that before: {_peak() - before:,.0f} MB at most")
    store.close()


def _timed(what: str, call: Callable[[], T]) -> T:
    start, worked = time.perf_counter(), time.process_time()
    result = call()
    wall, cpu = time.perf_counter() - start, time.process_time() - worked
    print(f"{wall:8.2f} s, {cpu:5.2f} s of processor time: {what}", flush=True)
    return result


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _make(folder: Path, members: int) -> None:
    widths = range(1, 101)
    noises = [i / 50 for i in range(members // SEEDS // len(widths))]
    base = Experiment(problem="spirals", model={"kind": "mlp", "width": 4}, seeds=SEEDS)
    wanted = Sweep(experiment=base, over={"model.width": [*widths], "problem.noise": noises})
    (folder / SWEEP).write_text(sweep_to_toml(wanted))
    store = Store(folder / STORE, write=True)
    # Made once, and nothing to lose.
    store._base.execute("pragma synchronous = off")
    numbers = store.add_points(wanted.points())
    rng = np.random.default_rng(0)
    points = [0] * SEEDS
    store.begin("first", SEEDS)
    store.accept("first", numbers[:1], pack(points, list(_rows(rng)), epochs=0))
    _repeat(store)
    store.settle()
    store.close()


def _repeat(store: Store) -> None:
    """Give every other point the members of the first, with scores of their own."""
    names = [n for n in store.columns() if n not in FIXED]
    scores = ", ".join(f'"{n}"' for n in names)
    drawn = ", ".join("abs(random() % 1000000) / 1e6" for _ in names)
    kept = "seed, shard, place, mark, status, cause, epochs, best_epoch, seconds"
    store._base.execute(
        f"insert into member (point, {kept}, {scores}) select point.id, {kept}, {drawn} "
        "from point, member where member.point = 1 and point.id <> 1"
    )
    # As the store notes it with every shard.
    store.renote("members", len(store.points()) * SEEDS)


def _rows(rng: np.random.Generator) -> Iterator[Row]:
    names = [f"{part}_{score}" for part in ("train", "test") for score in SCORES]
    for seed in range(SEEDS):
        yield Row(
            seed=seed,
            status="trained",
            cause="",
            epochs=1000,
            best_epoch=1000,
            seconds=0.01,
            values=dict(zip(names, rng.random(len(names)).tolist(), strict=True)),
            parameters={"layers.0.weight": rng.random((2, 2), dtype=np.float32)},
            history=np.zeros((2, len(KEPT_HISTORY)), dtype=np.float32),
        )


if __name__ == "__main__":
    main()
