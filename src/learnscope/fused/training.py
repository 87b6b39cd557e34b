"""A whole training in one compiled call: all epochs, all updates, the history.

The function reads its data, writes its history and touches nothing else; it holds no lock of the
interpreter and allocates nothing at all. What it computes depends on its arguments alone, so that
results have the same bits whatever else runs beside it.

Where a training stands is in its arguments too: broken off between two updates and called again
with the same ones, it goes on as if nothing had been.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math

import numpy as np

from learnscope.fused import codes
from learnscope.fused.codes import (
    BACKUP,
    BAD_EVALUATION,
    BAD_GRADIENT,
    BAD_LOSS,
    BAD_VALUE,
    BAD_WEIGHTS,
    BATCH,
    BATCHES_DONE,
    BEST,
    BEST_EPOCH,
    CANCELLED,
    CHUNK,
    CLIP_NORM,
    CLIP_VALUE,
    COUNT,
    DECAY,
    DECOUPLED,
    DROPOUT,
    EPOCHS,
    EPOCHS_DONE,
    ERROR,
    EVALUATED,
    GRADIENT,
    GRADIENT_NORM,
    INPUT,
    L1_PENALTY,
    LOSS,
    LOSS_PARAMETER,
    MIN_DELTA,
    N_HISTORY,
    N_LAYER_COLUMNS,
    N_LAYERS,
    N_OUT,
    N_PARAMETERS,
    N_ROWS,
    N_SNAPSHOTS,
    OPTIMIZER,
    OUT,
    PARAMETERS,
    PATIENCE,
    REDUCTION,
    ROW_WEIGHT,
    ROWS,
    SCRATCH,
    SHUFFLE,
    SNAPSHOT,
    SNAPSHOTS,
    STOP,
    STOPPED_EARLY,
    SUM,
    TARGET,
    TOTAL,
    TRAINED,
)
from learnscope.fused.decorators import kernel
from learnscope.fused.evaluation import write_row
from learnscope.fused.gather import count_of, load_rows, stride_of
from learnscope.fused.losses import loss_and_error
from learnscope.fused.network import backward, fill_masks, forward
from learnscope.fused.optimizers import adjust, sum_of_squares, update
from learnscope.fused.order import fill_order
from learnscope.fused.units import unit
from learnscope.fused.vectors import number, peek, poke, shifted, watched


@kernel
def _copy(ws, to, source, n):
    for i in range(n):
        poke(ws, to + i, peek(ws, source + i))


@kernel
def _clear(ws, at, n):
    for i in range(n):
        poke(ws, at + i, number(ws, 0))


@kernel
def _worst(ws, a, n):
    """Return the largest size of n numbers, NaN where one is NaN."""
    largest = number(ws, 0)
    for i in range(n):
        x = abs(peek(ws, a + i))
        largest = largest if x < largest else x
        if x != x:
            break
    return np.float64(largest)


@unit(codes.GRADIENT_PASS, returns="real")
def add_up_gradient(
    calls, ws, layers, whole, real, key, parts, order, start, n, scale, step, loaded, control
):
    """Write the gradient over n rows of a batch; return the sum of their losses.

    `scale` is 1 over what the sum is divided by. `loaded` says that the rows are in the workspace
    already; when the training is cancelled the rest of the batch is left out.
    """
    last, total = (whole[N_LAYERS] - 1) * N_LAYER_COLUMNS, 0.0
    masked, inputs, chunk = real[DROPOUT] > 0, whole[INPUT], whole[CHUNK]
    _clear(ws, whole[GRADIENT], whole[N_PARAMETERS])
    for first in range(0, n, chunk):
        if watched(control, STOP):
            break
        size = chunk if n - first > chunk else n - first
        stride = stride_of(ws, size)
        if not loaded:
            load_rows(
                calls, ws, parts, whole, 0, order, whole[SHUFFLE] > 0, INPUT, start + first, size,
                stride,
            )  # fmt: skip
        if masked:
            fill_masks(calls, ws, layers, whole, key, step, first, size, stride, real[DROPOUT])
        forward(calls, ws, layers, whole, inputs, stride, masked)
        total += loss_and_error(
            calls, whole[LOSS], ws, layers[last + OUT], whole[TARGET], whole[ROW_WEIGHT],
            whole[ERROR], layers[last + N_OUT], size, stride, scale, real[LOSS_PARAMETER],
            whole[SCRATCH],
        )  # fmt: skip
        backward(calls, ws, layers, whole, real, inputs, size, stride, masked)
    return total


@unit(codes.MOVE, returns="whole")
def move(calls, ws, layers, whole, real, rate, step, loss, told):
    """Make one update; return TRAINED, or what was not finite, with the weights before it."""
    w, n = whole[PARAMETERS], whole[N_PARAMETERS]
    if not math.isfinite(loss):
        told[BAD_VALUE] = loss
        return BAD_LOSS
    norm = math.sqrt(sum_of_squares(calls, ws, whole[GRADIENT], n))
    if not math.isfinite(norm):
        told[BAD_VALUE] = norm
        return BAD_GRADIENT
    told[GRADIENT_NORM] = norm
    before = whole[GRADIENT]
    if real[L1_PENALTY] + real[CLIP_NORM] + real[CLIP_VALUE] + real[DECAY] > 0:
        if real[DECAY] > 0 and whole[DECOUPLED]:
            # This decay moves the weights before the update does.
            before = whole[BACKUP]
            _copy(ws, before, w, n)
        adjust(calls, ws, layers, whole, real, rate)
    if update(calls, whole[OPTIMIZER], ws, whole, real, rate, step) != 0.0:
        told[BAD_VALUE] = _worst(ws, w, n)
        _copy(ws, w, before, n)
        return BAD_WEIGHTS
    return TRAINED


@kernel
def _keep_snapshot(ws, whole, control):
    """Put the weights behind the snapshots that there are."""
    n = whole[N_PARAMETERS]
    _copy(ws, whole[SNAPSHOTS] + control[N_SNAPSHOTS] * n, whole[PARAMETERS], n)
    control[N_SNAPSHOTS] += 1


@kernel
def _close_epoch(calls, ws, layers, whole, real, parts, order, epoch, before, norm, history,
                 control):  # fmt: skip
    """Write a row of the history and note the best weights; return TRAINED or how it ends."""
    row = control[N_ROWS] * N_HISTORY
    history[row], history[row + 1], history[row + 8] = epoch, before, norm
    write_row(calls, ws, layers, whole, real, parts, order, shifted(history, row))
    control[N_ROWS] += 1
    if whole[PATIENCE] > 0 and _is_better(history, control, real[MIN_DELTA]):
        control[BEST_EPOCH] = epoch
        _copy(ws, whole[BEST], whole[PARAMETERS], whole[N_PARAMETERS])
    if not math.isfinite(history[row + 2]):
        return BAD_EVALUATION
    if whole[PATIENCE] > 0 and epoch - control[BEST_EPOCH] >= whole[PATIENCE]:
        return STOPPED_EARLY
    return TRAINED


@kernel
def _is_better(history, control, min_delta):
    """Return whether the last row has the lowest validation loss by more than min_delta."""
    if control[BEST_EPOCH] < 0:
        return True
    best, loss = math.nan, history[(control[N_ROWS] - 1) * N_HISTORY + 3]
    for i in range(control[N_ROWS]):
        if history[i * N_HISTORY] == control[BEST_EPOCH]:
            best = history[i * N_HISTORY + 3]
            break
    return not math.isnan(loss) if math.isnan(best) else loss < best - min_delta


@unit(codes.EPOCH, returns="whole")
def make_epoch(
    calls, ws, layers, whole, real, keys, parts, order, loaded, rate, epoch, control, told
):
    """Make the updates of one epoch that are not done yet."""
    n, batch, ordered = parts[ROWS], whole[BATCH], whole[SHUFFLE] > 0
    n_batches = (n + batch - 1) // batch
    if ordered:
        fill_order(calls, ws, order, keys[0], n, epoch)
    for b in range(control[BATCHES_DONE], n_batches):
        start = b * batch
        size = batch if n - start > batch else n - start
        count = count_of(ws, parts, whole, 0, order, ordered, start, size)
        step = (epoch - 1) * n_batches + b
        total = add_up_gradient(
            calls, ws, layers, whole, real, keys[1], parts, order, start, size, 1 / count, step,
            loaded, control,
        )  # fmt: skip
        if watched(control, STOP):
            return CANCELLED
        end = move(calls, ws, layers, whole, real, rate, step + 1, total / count, told)
        if end != TRAINED:
            return end
        told[TOTAL] += total
        told[COUNT] += count
        control[BATCHES_DONE] = b + 1
    return TRAINED


@kernel
def _mean_before(whole, told):
    """Return the mean of the losses before the updates of an epoch, and begin it anew."""
    before = told[TOTAL] if whole[REDUCTION] == SUM else told[TOTAL] / told[COUNT]
    told[TOTAL] = told[COUNT] = 0.0
    return before


@unit(codes.TRAIN, returns="whole")
def train(
    calls, ws, layers, whole, real, keys, parts, order, rates, events, history, control, told
):
    """Train one network; return how it ended, a number of `codes`.

    Args:
        calls: addresses of the units.
        ws: workspace, float32 or float64, see `learnscope.fused.plan`.
        layers: (l, 8) table of the layers, int64.
        whole: table of whole numbers, int64.
        real: table of real numbers, float64.
        keys: keys of order and dropout, uint64.
        parts: (3, 4) rows and addresses of training, validation and test rows, see `codes.ROWS`.
        order: (n,) int64 for the order of the rows; not used where they keep their own.
        rates: learning rate of each epoch.
        events: (epochs + 1,) uint8, what follows an epoch: a row of the history, a snapshot.
        history: (t, 11) float64, filled here, columns as in `HISTORY`.
        control: where the training stands, shared with the thread that watches, int64.
        told: what was not finite, the norm of the last gradient, and sums over the epoch.
    """
    n = parts[ROWS]
    loaded = whole[BATCH] >= n and n <= whole[CHUNK] and not whole[SHUFFLE]
    if loaded:
        load_rows(calls, ws, parts, whole, 0, order, False, INPUT, 0, n, stride_of(ws, n))
    end, before, norm = TRAINED, math.nan, math.nan
    # The epoch to begin with, or to go on with: 0 is the look at the first weights.
    for epoch in range(control[EPOCHS_DONE] + 1 if control[N_ROWS] else 0, whole[EPOCHS] + 1):
        if epoch > 0:
            end = make_epoch(
                calls, ws, layers, whole, real, keys, parts, order, loaded, rates[epoch - 1], epoch,
                control, told,
            )  # fmt: skip
            if end != TRAINED:
                return end
            before, norm = _mean_before(whole, told), told[GRADIENT_NORM]
            control[EPOCHS_DONE], control[BATCHES_DONE] = epoch, 0
        if events[epoch] & SNAPSHOT:
            _keep_snapshot(ws, whole, control)
        if events[epoch] & EVALUATED:
            end = _close_epoch(
                calls, ws, layers, whole, real, parts, order, epoch, before, norm, history, control
            )
            if end != TRAINED:
                break
    # The last epoch done, there is nothing to stop early.
    return TRAINED if end == STOPPED_EARLY and control[EPOCHS_DONE] == whole[EPOCHS] else end
