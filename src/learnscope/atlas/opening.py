"""A member of an atlas made whole again: its data drawn anew beside the weights that were kept."""

from __future__ import annotations

import numpy as np

from learnscope.errors import DataError
from learnscope.experiment import Experiment
from learnscope.sweeps.packing import KEPT_HISTORY, Row
from learnscope.trained import Trained
from learnscope.training.member import prepare
from learnscope.training.result import HISTORY, Result


def opened(experiment: Experiment, row: Row) -> Trained:
    """Return a member with its data.

    Args:
        experiment: that of its point.
        row: the member as it was kept.

    Raises:
        DataError: the data are not those that it was trained on.
    """
    member = prepare(experiment, row.seed)
    wanted = {name: tuple(shape) for name, shape in member.network.shapes().items()}
    found = {name: tuple(array.shape) for name, array in row.parameters.items()}
    if wanted != found or len(member.rows.train) != row.values.get("rows"):
        raise DataError(
            f"The data of the member with seed {row.seed} are not those that it was trained on: "
            "their file has changed. Put the old one back, or sweep again."
        )
    return Trained(member=member, result=result_of(row))


def result_of(row: Row) -> Result:
    """Return a row as the result that it was; what its history does not have is NaN."""
    kept = {name: row.history[:, i].astype(np.float64) for i, name in enumerate(KEPT_HISTORY)}
    absent = np.full(len(row.history), np.nan)
    return Result(
        seed=row.seed,
        parameters=row.parameters,
        history={name: kept.get(name, absent) for name in HISTORY},
        status=row.status,
        epochs=row.epochs,
        best_epoch=row.best_epoch,
        cause=row.cause or None,
        seconds=row.seconds,
    )
