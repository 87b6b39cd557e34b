"""What an atlas keeps of a trained member: a row of the table, its weights, its history."""

from __future__ import annotations

import numpy as np

from learnscope.errors import InputError, listing, suggestion
from learnscope.measures.health import is_dead
from learnscope.measures.scores import NAMES, scores
from learnscope.sweeps.packing import KEPT_HISTORY, Row
from learnscope.trained import Trained
from learnscope.training.split import PARTS

OWN = ("parameters", "rows", "dead", "dead_units")
"""Measures of a member besides its scores."""


def check_name(measure: str) -> None:
    """Refuse a measure that no member of any task has, before the first is trained.

    Raises:
        InputError: there is none of that name.
    """
    known = [*(f"{part}_{name}" for part in PARTS for name in NAMES), *OWN]
    if measure not in known:
        raise InputError(
            f"There is no measure {measure!r}.{suggestion(measure, known)} Members may have "
            f"{listing(known, 30)}."
        )


def measured(trained: Trained) -> Row:
    """Return what an atlas keeps of a member.

    The values are `parameters` (numbers trained), `rows` (training rows), `dead` (1 where no
    gradient reaches any weight any more), `dead_units` (hidden units that give one value on all
    training rows) and the scores of `learnscope.measures.scores`.
    """
    result, member = trained.result, trained.member
    history = result.history
    dead_units = history["dead_units"][-1] if len(history["dead_units"]) else np.nan
    values = {
        "parameters": float(member.network.n_parameters()),
        "rows": float(len(member.rows.train)),
        "dead": float(is_dead(trained)),
        "dead_units": float(dead_units),
        **scores(trained),
    }
    return Row(
        seed=result.seed,
        status=result.status,
        cause=result.cause or "",
        epochs=result.epochs,
        best_epoch=result.best_epoch,
        seconds=result.seconds,
        values=values,
        parameters=result.parameters,
        history=np.stack([history[name] for name in KEPT_HISTORY], axis=1).astype(np.float32),
    )
