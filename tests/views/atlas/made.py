"""Atlases for tests of their pictures: members written into a store, none of them trained."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars

from learnscope.atlas.atlas import Atlas
from learnscope.atlas.folder import SWEEP, TABLE
from learnscope.atlas.store import STORE, Store
from learnscope.experiment import Experiment
from learnscope.sweeps.drive import sweep
from learnscope.sweeps.sweep import Sweep, sweep_to_toml

SPIRALS: dict[str, Any] = {
    "name": "twirls",
    "problem": {"kind": "spirals", "n": 20},
    "model": {"kind": "mlp", "hidden": [4]},
    "training": {"loss": "bce_logits", "epochs": 12, "lr": 0.05, "optimizer": "adam"},
    "seeds": 3,
}


def swept(out: Path, over: Mapping[str, Any], settings: Mapping[str, Any] | None = None,
          **options: Any) -> Atlas:  # fmt: skip
    """Return an atlas of small networks that were trained."""
    data = {**SPIRALS, **(settings or {})}
    wanted = Sweep(experiment=Experiment(**data), over=dict(over), **options)
    return sweep(wanted, out=out, command="learnscope sweep twirls.toml").atlas


def with_table(atlas: Atlas, change: Callable[[polars.DataFrame], polars.DataFrame]) -> Atlas:
    """Return the atlas with another table, as a sweep with other outcomes would have it."""
    other = Atlas(atlas.path)
    vars(other)["table"] = change(atlas.table)
    return other


def wide(out: Path) -> Atlas:
    """Return an atlas of 10,000 points with one seed: the weights of four, scores of their own.

    What a report of it does is real; that its scores were drawn makes no difference to its size.
    """
    few: dict[str, Any] = {"training.lr": [0.001, 0.1], "problem.noise": [0.0, 1.98]}
    atlas = swept(out, few, {"seeds": 1})
    many = {"training.lr": [k / 1000 for k in range(1, 101)],
            "problem.noise": [k / 50 for k in range(100)]}  # fmt: skip
    wanted = Sweep(experiment=atlas.sweep.experiment, over=many)
    (atlas.path / SWEEP).write_text(sweep_to_toml(wanted))
    store = Store(atlas.path / STORE, write=True)
    store.add_points(wanted.points())
    scores = [n for n in store.columns() if n.startswith(("train_", "test_"))]
    drawn = ", ".join("abs(random() % 1000000) / 1e6" for _ in scores)
    named = ", ".join(f'"{n}"' for n in scores)
    kept = "seed, shard, place, mark, status, cause, epochs, best_epoch, seconds, parameters, rows"
    store._base.execute(
        f"insert into member (point, {kept}, dead, {named}) select point.id, {kept}, 0, {drawn} "
        "from point join member on member.point = 1 + point.id % 4 where point.id > 4"
    )
    count = store._base.execute("select count(*) from member").fetchone()[0]
    store.renote("members", count)
    store.settle()
    store.close()
    (atlas.path / TABLE).unlink()
    return Atlas(atlas.path)


def failing(atlas: Atlas, points: list[int], dead: list[int]) -> Atlas:
    """Return the atlas with all members of some points diverged, and the first ones dead."""

    def change(table: polars.DataFrame) -> polars.DataFrame:
        gone = polars.col("point").is_in(points)
        stuck = polars.col("point").is_in(dead) & (polars.col("seed") == 0)
        measures = [n for n in atlas.measures if n.startswith(("test_", "train_"))]
        return table.with_columns(
            polars.when(gone).then(polars.lit("diverged")).otherwise("status").alias("status"),
            polars.when(stuck).then(1.0).otherwise(0.0).alias("dead"),
            *(polars.when(gone).then(float("nan")).otherwise(n).alias(n) for n in measures),
        )

    return with_table(atlas, change)
