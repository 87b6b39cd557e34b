"""A sweep halved over epochs, and the driver that is killed in it."""

from __future__ import annotations

import sys
from pathlib import Path

import learnscope as ls


def wanted() -> ls.Sweep:
    """A sweep of 8 points, 3 seeds and 4 rounds."""
    base = ls.Experiment(
        name="halved",
        problem={"kind": "spirals", "n": 40, "noise": 0.2},
        model={"kind": "mlp", "hidden": [4]},
        training={"epochs": 4000, "lr": 0.01, "batch_size": 8},
        seeds=3,
    )
    over = {"training.lr": "1e-4,1e-3,1e-2,3e-2", "model.activation": "relu,tanh"}
    return ls.Sweep(experiment=base, over=over, halving="epochs", measure="train_loss")


if __name__ == "__main__":
    from learnscope.sweeps import plan, work

    # Many small shards, and states of all members, so that kills fall between and into them.
    plan.MOST_MEMBERS, work.KEEP_SECONDS = 2, 0.0
    ls.sweep(wanted(), out=Path(sys.argv[1]), route="fused", engine="threads")
