"""From the arrays that a compiled training leaves behind to a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.fused import codes
from learnscope.fused.plan import Plan
from learnscope.fused.state import snapshots
from learnscope.models.network import Parameters
from learnscope.training.columns import Columns
from learnscope.training.member import Member
from learnscope.training.order import epoch_order
from learnscope.training.result import HISTORY, Result, Snapshots, Status

if TYPE_CHECKING:
    from learnscope.training.evaluate import Data

_FAULTS = {
    codes.BAD_LOSS: "loss",
    codes.BAD_GRADIENT: "gradient",
    codes.BAD_WEIGHTS: "weights",
    codes.BAD_EVALUATION: "loss",
}


_STATUS: dict[int, Status] = {
    codes.TRAINED: "trained",
    codes.STOPPED_EARLY: "stopped",
    codes.CANCELLED: "budget",
}


def make_result(plan: Plan, end: int, seconds: float) -> Result:
    """Return the result of a training that ended with the code `end`."""
    control = plan.control
    best_epoch, epochs = int(control[codes.BEST_EPOCH]), int(control[codes.EPOCHS_DONE])
    kept = plan.member.experiment.training.snapshot_epochs()
    rows = plan.history[: control[codes.N_ROWS]]
    return Result(
        seed=plan.member.seed,
        parameters=plan.parameters(codes.BEST if best_epoch >= 0 else codes.PARAMETERS),
        history=Columns(HISTORY, rows.copy()),
        status=_STATUS.get(end, "diverged"),
        epochs=epochs,
        best_epoch=best_epoch if best_epoch >= 0 else epochs,
        cause=_cause(plan, end, epochs) if end in _FAULTS else None,
        seconds=seconds,
        snapshots=Snapshots(
            epochs=tuple(kept[: control[codes.N_SNAPSHOTS]]), parameters=snapshots(plan)
        ),
    )


def _cause(plan: Plan, end: int, epochs: int) -> str:
    """Say why it diverged, in the words of the PyTorch route."""
    import torch

    from learnscope.training.divergence import NotFinite, Scene, explain
    from learnscope.training.module import build_module

    member, training = plan.member, plan.member.experiment.training
    evaluating = end == codes.BAD_EVALUATION
    batch = int(plan.control[codes.BATCHES_DONE])
    untouched = not evaluating and epochs == batch == 0 and end != codes.BAD_WEIGHTS
    epoch = epochs if evaluating or untouched else epochs + 1
    value = float(plan.told[codes.BAD_VALUE])
    if evaluating:
        value = float(plan.history[plan.control[codes.N_ROWS] - 1, HISTORY.index("train_loss")])
    scene = Scene(
        epoch=epoch,
        batch=0 if evaluating else batch + 1,
        rate=training.rates()[epoch - 1] if epoch else training.lr,
        rows=_rows(member, epochs + 1, batch, evaluating),
        gradient_norm=float(plan.told[codes.GRADIENT_NORM]),
    )
    weights: Parameters = plan.parameters()
    module = build_module(member.network, weights, getattr(torch, training.precision))
    return explain(NotFinite(_FAULTS[end], value), scene, module, member)


def _rows(member: Member, epoch: int, batch: int, evaluating: bool) -> Data:
    """Return the rows of the update or the evaluation that went wrong, as PyTorch's data."""
    import torch

    from learnscope.training.evaluate import as_data

    training, data = member.experiment.training, as_data(member.parts["train"])
    size = training.batch_size
    if evaluating:
        return next(data.blocks())
    if size is None:
        return data
    place = slice(batch * size, (batch + 1) * size)
    if not training.shuffle:
        return data.take(place)
    order: Array = epoch_order(member.order_key, epoch, len(data))
    return data.take(torch.from_numpy(np.ascontiguousarray(order[place])))
