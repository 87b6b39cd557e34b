"""Members with weights set by hand, for tests of measures and reports."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from learnscope.arrays import Array
from learnscope.experiment import Experiment
from learnscope.trained import Trained
from learnscope.training.member import prepare
from learnscope.training.result import HISTORY, Result, Status


def experiment(**settings: Any) -> Experiment:
    return Experiment(**{"problem": "spirals", **settings})


def member(
    settings: Experiment,
    *,
    seed: int = 0,
    parameters: Mapping[str, Array] | None = None,
    status: Status = "trained",
    cause: str | None = None,
    losses: Sequence[float] = (1.0, 0.5),
) -> Trained:
    """Return a member with these weights, or its first ones, and these training losses."""
    prepared = prepare(settings, seed)
    dtype = settings.training.precision
    weights = prepared.initial if parameters is None else parameters
    epochs = settings.training.epochs
    history = {name: np.full(len(losses), np.nan) for name in HISTORY}
    history["epoch"] = np.linspace(0, epochs, len(losses))
    history["train_loss"] = np.asarray(losses, dtype=np.float64)
    return Trained(
        member=prepared,
        result=Result(
            seed=seed,
            parameters={k: np.asarray(v, dtype=dtype) for k, v in weights.items()},
            history=history,
            status=status,
            epochs=epochs,
            best_epoch=epochs,
            cause=cause,
            seconds=0.0,
        ),
    )


def trained(settings: Experiment) -> list[Trained]:
    """Return all members of an experiment, trained."""
    from learnscope.training.loop import train_member

    ready = [prepare(settings, seed) for seed in settings.root_seeds()]
    return [Trained(member=m, result=train_member(m)) for m in ready]
