"""Where a compiled training stands, as the state that the PyTorch route keeps too."""

from __future__ import annotations

import numpy as np

from learnscope.arrays import Array
from learnscope.fused import codes
from learnscope.fused.plan import Plan
from learnscope.models.network import Parameters
from learnscope.training.result import HISTORY
from learnscope.training.state import TrainingState, n_batches

_PLACES = {
    "momentum_buffer": codes.FIRST_MOMENT,
    "exp_avg": codes.FIRST_MOMENT,
    "exp_avg_sq": codes.SECOND_MOMENT,
    "square_avg": codes.SECOND_MOMENT,
    "grad_avg": codes.GRADIENT_MEAN,
}
"""Where the workspace has what PyTorch's optimisers remember under these names."""


def read_state(plan: Plan, seconds: float) -> TrainingState:
    """Return a copy of where a training that was broken off stands; it has begun."""
    control, told = plan.control, plan.told
    best_epoch = int(control[codes.BEST_EPOCH])
    rows = plan.history[: control[codes.N_ROWS]]
    return TrainingState(
        epoch=int(control[codes.EPOCHS_DONE]),
        batch=int(control[codes.BATCHES_DONE]),
        total=float(told[codes.TOTAL]),
        count=float(told[codes.COUNT]),
        parameters=plan.parameters(),
        optimizer=_memory(plan),
        history={name: rows[:, i].copy() for i, name in enumerate(HISTORY)},
        best_epoch=best_epoch,
        best=plan.parameters(codes.BEST) if best_epoch >= 0 else {},
        seconds=seconds,
        snapshots=snapshots(plan),
    )


def write_state(plan: Plan, state: TrainingState) -> None:
    """Put a state of the plan's member into a fresh plan: its training goes on from there."""
    control = plan.control
    if state.epoch < 0:
        return
    control[codes.EPOCHS_DONE], control[codes.BATCHES_DONE] = state.epoch, state.batch
    control[codes.BEST_EPOCH] = state.best_epoch
    control[codes.N_ROWS] = len(state.history["epoch"])
    plan.told[codes.TOTAL], plan.told[codes.COUNT] = state.total, state.count
    for i, name in enumerate(HISTORY):
        plan.history[: control[codes.N_ROWS], i] = state.history[name]
    _put(plan, codes.PARAMETERS, state.parameters)
    if state.best:
        _put(plan, codes.BEST, state.best)
    for slot in plan.member.experiment.training.optimizer.slots():
        if slot in _PLACES and state.optimizer:
            names = plan.member.network.shapes()
            _put(plan, _PLACES[slot], {name: state.optimizer[f"{name}.{slot}"] for name in names})
    for name, stack in state.snapshots.items():
        control[codes.N_SNAPSHOTS] = len(stack)
        for i, weights in enumerate(stack):
            _put(plan, codes.SNAPSHOTS, {name: weights}, skip=i)


def is_stopped(plan: Plan) -> bool:
    """Return whether early stopping ended the training before its last epoch already.

    So it may be with the state of a shorter training, which ends where its epochs do.
    """
    control, patience = plan.control, plan.whole[codes.PATIENCE]
    n = control[codes.N_ROWS]
    if not (patience and n) or control[codes.EPOCHS_DONE] >= plan.whole[codes.EPOCHS]:
        return False
    last = plan.history[n - 1, HISTORY.index("epoch")]
    return bool(last - control[codes.BEST_EPOCH] >= patience)


def snapshots(plan: Plan) -> Parameters:
    """Return name -> (s, ...) of the weights kept so far, {} where there are none."""
    n = int(plan.control[codes.N_SNAPSHOTS])
    if not n:
        return {}
    kept = [plan.views(codes.SNAPSHOTS, i) for i in range(n)]
    return {name: np.stack([weights[name] for weights in kept]) for name in kept[0]}


def _memory(plan: Plan) -> dict[str, Array]:
    member, control = plan.member, plan.control
    updates = int(control[codes.EPOCHS_DONE]) * n_batches(member) + int(control[codes.BATCHES_DONE])
    result: dict[str, Array] = {}
    for slot in member.experiment.training.optimizer.slots() if updates else ():
        for name in member.network.shapes():
            result[f"{name}.{slot}"] = (
                np.array(float(updates)) if slot == "step" else plan.parameters(_PLACES[slot])[name]
            )
    return result


def _put(plan: Plan, region: int, arrays: Parameters, skip: int = 0) -> None:
    views = plan.views(region, skip)
    for name, array in arrays.items():
        views[name][...] = array
