"""What an atlas keeps of a trained member: a row of the table, its weights, its history."""

from __future__ import annotations

import numpy as np

from learnscope.measures.health import is_dead
from learnscope.measures.scores import scores
from learnscope.sweeps.packing import KEPT_HISTORY, Row
from learnscope.trained import Trained


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
