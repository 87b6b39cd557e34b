"""Sweeps that choose their points as they go: which way, and what it asks for beforehand."""

from __future__ import annotations

from pathlib import Path

from learnscope.sweeps.halving import (
    epoch_counts,
    halved_over_epochs,
    halved_over_seeds,
    looked_at_alike,
    seed_counts,
)
from learnscope.sweeps.members import check_name
from learnscope.sweeps.refining import refined
from learnscope.sweeps.rounds import Train
from learnscope.sweeps.searching import searched
from learnscope.sweeps.suggesting import check_optuna
from learnscope.sweeps.sweep import Sweep
from learnscope.sweeps.work import Swept

STATES = "states"
"""Folder of the states between rounds, in that of the atlas."""


def settled(wanted: Sweep) -> Sweep:
    """Return a sweep as its rounds take it, and the same for one that was settled before.

    Raises:
        InputError: it cannot be trained that way, or needs what is not installed.
    """
    if wanted.measure is not None:
        check_name(wanted.measure)
    if wanted.way == "optuna":
        check_optuna()
    if wanted.halving == "seeds":
        seed_counts(wanted)
    if wanted.halving == "epochs":
        wanted = looked_at_alike(wanted)
        epoch_counts(wanted)
    return wanted


def in_rounds(wanted: Sweep, train: Train, folder: Path) -> Swept:
    """Train a settled sweep in its own way.

    Args:
        wanted: the sweep; its `way` is given.
        train: trains a round.
        folder: of its atlas.
    """
    if wanted.way == "optuna":
        return searched(wanted, train)
    if wanted.halving == "epochs":
        return halved_over_epochs(wanted, train, str((folder / STATES).absolute()))
    if wanted.halving == "seeds":
        return halved_over_seeds(wanted, train)
    return refined(wanted, train)
