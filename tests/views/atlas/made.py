"""Atlases for tests of their pictures: members written into a store, none of them trained."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars

from learnscope.atlas.atlas import Atlas
from learnscope.experiment import Experiment
from learnscope.sweeps.drive import sweep
from learnscope.sweeps.sweep import Sweep

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
