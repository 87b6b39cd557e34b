"""A small sweep, the driver that is killed in it, and the table that must come out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from learnscope.atlas.atlas import Atlas
from learnscope.experiment import read_experiment
from learnscope.sweeps.drive import Swept, sweep
from learnscope.sweeps.sweep import Sweep
from learnscope.training.routes import Route

BASE: dict[str, Any] = {
    "name": "chaos",
    "seeds": 12,
    "problem": {"kind": "spirals", "n": 40, "noise": 0.2},
    "model": {"kind": "mlp", "hidden": [4]},
    "training": {"loss": "mse", "optimizer": "adam", "lr": 0.01, "epochs": 200},
}


def wanted(epochs: int = 200, seeds: int = 12) -> Sweep:
    """A sweep of 4 points."""
    base = read_experiment({**BASE, "seeds": seeds}).override({"training.epochs": epochs})
    return Sweep(experiment=base, over={"training.lr": "0.01, 0.03", "problem.noise": "0, 0.5"})


def contents(atlas: Atlas) -> bytes:
    """All of an atlas as bytes: table, weights and histories in the order of point and seed.

    The seconds of a training are left out: they are no function of the settings.
    """
    table = atlas.table.drop("seconds").sort("point", "seed")
    parts = [table.write_json().encode()]
    for point, seed in table.select("point", "seed").iter_rows():
        row = atlas.row(point, seed)
        parts.append(row.mark().encode())
        parts.append(row.history.tobytes())
    return b"\n".join(parts)


def train(
    out: Path, engine: str, route: Route = "auto", epochs: int = 200, seeds: int = 12
) -> Swept:
    """Train what is missing."""
    return sweep(wanted(epochs, seeds), out=out, engine=engine, route=route)


if __name__ == "__main__":
    import learnscope.sweeps.plan as plan

    # Many small shards, so that kills fall between and into them.
    plan.MOST_MEMBERS = int(sys.argv[6])
    print("begun", flush=True)
    found = train(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))  # type: ignore[arg-type]
    print(found.members, found.trained, found.skipped, found.failed, flush=True)
