"""A whole training in one compiled call: all epochs, all updates, the history.

The function reads its data, writes its history and touches nothing else; it holds no lock of the
interpreter and allocates nothing inside its loops. What it computes depends on its arguments
alone, so that results have the same bits whatever else runs beside it.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math

import numpy as np
from numba import njit

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
    DROPOUT,
    EPOCHS,
    EPOCHS_DONE,
    ERROR,
    GRADIENT,
    GRADIENT_NORM,
    INPUT,
    LOSS,
    LOSS_PARAMETER,
    MIN_DELTA,
    N_OUT,
    N_PARAMETERS,
    N_ROWS,
    NUMBERS_PER_ROW,
    OUT,
    PARAMETERS,
    PATIENCE,
    REDUCTION,
    ROW_WEIGHT,
    SCRATCH,
    SHUFFLE,
    STOP,
    STOPPED_EARLY,
    SUM,
    TARGET,
    TRAINED,
)
from learnscope.fused.decorators import inlined, kernel
from learnscope.fused.evaluation import write_row
from learnscope.fused.gather import count_of, load_rows, stride_of
from learnscope.fused.losses import loss_and_error
from learnscope.fused.network import backward, fill_masks, forward
from learnscope.fused.optimizers import square_sum, update
from learnscope.fused.order import fill_order
from learnscope.fused.vectors import number, peek, poke, watched


@kernel
def _copy(ws, to, source, n):
    for i in range(n):
        poke(ws, to + i, peek(ws, source + i))


@kernel
def _clear(ws, at, n):
    for i in range(n):
        poke(ws, at + i, number(ws, 0))


@kernel
def _largest(ws, a, n):
    """Return the largest size of n numbers, NaN where one is not a number."""
    largest, rest = number(ws, 0), number(ws, 0)
    for i in range(n):
        x = abs(peek(ws, a + i))
        largest = x if x > largest else largest
        rest += x - x
    # Infinity less itself is NaN too: it must not hide what it is.
    return np.float64(largest if largest - largest != largest - largest else largest + rest)


@inlined
def _gradient(ws, layers, whole, real, key, part, order, start, n, count, step, loaded, control):
    """Write the gradient over the rows of a batch; return the sum of their losses.

    `loaded` says that the rows are in the workspace already; when the training is cancelled the
    rest of the batch is left out.
    """
    at, last = (whole[INPUT], whole[TARGET], whole[ROW_WEIGHT]), layers.shape[0] - 1
    masked, total = real[DROPOUT] > 0, 0.0
    _clear(ws, whole[GRADIENT], whole[N_PARAMETERS])
    for first in range(0, n, whole[CHUNK]):
        if watched(control, STOP):
            break
        size = min(whole[CHUNK], n - first)
        stride = stride_of(ws, size)
        if not loaded:
            load_rows(ws, part, at, order, whole[SHUFFLE] > 0, start + first, size, stride)
        if masked:
            fill_masks(ws, layers, key, step, first, size, stride, real[DROPOUT])
        forward(ws, layers, whole, at[0], stride, masked)
        total += loss_and_error(
            ws, whole[LOSS], layers[last, OUT], at[1], at[2], whole[ERROR], layers[last, N_OUT],
            size, stride, number(ws, 1 / count), number(ws, real[LOSS_PARAMETER]),
            whole[SCRATCH],
        )  # fmt: skip
        backward(ws, layers, whole, real, at[0], stride, masked)
    return total


@inlined
def _move(ws, layers, whole, real, rate, step, loss, told):
    """Make one update; return TRAINED, or what was not finite, with the weights before it."""
    w, n = whole[PARAMETERS], whole[N_PARAMETERS]
    if not math.isfinite(loss):
        told[BAD_VALUE] = loss
        return BAD_LOSS
    norm = math.sqrt(square_sum(ws, whole[GRADIENT], n))
    if not math.isfinite(norm):
        told[BAD_VALUE] = norm
        return BAD_GRADIENT
    told[GRADIENT_NORM] = norm
    _copy(ws, whole[BACKUP], w, n)
    update(ws, layers, whole, real, rate, step)
    largest = _largest(ws, w, n)
    if not math.isfinite(largest):
        told[BAD_VALUE] = largest
        _copy(ws, w, whole[BACKUP], n)
        return BAD_WEIGHTS
    return TRAINED


@inlined
def _close_epoch(ws, layers, whole, real, parts, order, epoch, before, norm, history, control):
    """Write a row of the history and note the best weights; return TRAINED or how it ends."""
    row = history[control[N_ROWS]]
    row[0], row[1], row[8] = epoch, before, norm
    write_row(ws, layers, whole, real, parts, order, row)
    control[N_ROWS] += 1
    if whole[PATIENCE] > 0 and _is_better(history, control, real[MIN_DELTA]):
        control[BEST_EPOCH] = epoch
        _copy(ws, whole[BEST], whole[PARAMETERS], whole[N_PARAMETERS])
    if not math.isfinite(row[2]):
        return BAD_EVALUATION
    if whole[PATIENCE] > 0 and epoch - control[BEST_EPOCH] >= whole[PATIENCE]:
        return STOPPED_EARLY
    return TRAINED


@inlined
def _is_better(history, control, min_delta):
    """Return whether the last row has the lowest validation loss by more than min_delta."""
    if control[BEST_EPOCH] < 0:
        return True
    best, loss = math.nan, history[control[N_ROWS] - 1, 3]
    for i in range(control[N_ROWS]):
        if history[i, 0] == control[BEST_EPOCH]:
            best = history[i, 3]
            break
    return not math.isnan(loss) if math.isnan(best) else loss < best - min_delta


@inlined
def _epoch(ws, layers, whole, real, keys, part, order, loaded, rate, epoch, control, told, sums):
    """Make the updates of one epoch; `sums` takes total and count of the losses."""
    n, batch = part[0].shape[0], whole[BATCH]
    n_batches = (n + batch - 1) // batch
    sums[0] = sums[1] = 0.0
    for b in range(n_batches):
        start = b * batch
        size = min(batch, n - start)
        count = count_of(
            part, order, whole[SHUFFLE] > 0, start, size, whole[NUMBERS_PER_ROW], whole[REDUCTION]
        )
        step = (epoch - 1) * n_batches + b
        total = _gradient(
            ws, layers, whole, real, keys[1], part, order, start, size, count, step, loaded, control
        )
        if watched(control, STOP):
            return CANCELLED
        control[BATCHES_DONE] = b
        end = _move(ws, layers, whole, real, rate, step + 1, total / count, told)
        if end != TRAINED:
            return end
        sums[0] += total
        sums[1] += count
    return TRAINED


@njit(nogil=True, error_model="numpy")
def train(ws, layers, whole, real, keys, parts, order, rates, evaluated, history, control, told):
    """Train one network; return how it ended, a number of `codes`.

    Args:
        ws: workspace, float32 or float64, see `learnscope.fused.plan`.
        layers: (l, 8) table of the layers, int64.
        whole: table of whole numbers, int64.
        real: table of real numbers, float64.
        keys: keys of order and dropout, uint64.
        parts: (x, y, weight) of training, validation and test rows, in the workspace's type.
        order: (n,) int64 for the order of the rows; empty where they keep their own.
        rates: learning rate of each epoch.
        evaluated: (epochs + 1,) uint8, which epochs have a row in the history.
        history: (t, 11) float64, filled here, columns as in `HISTORY`.
        control: shared with the thread that watches, int64.
        told: what was not finite, and the norm of the last gradient.
    """
    part, chunk = parts[0], whole[CHUNK]
    n = part[0].shape[0]
    loaded = whole[BATCH] >= n and n <= chunk and not whole[SHUFFLE]
    if loaded:
        at = (whole[INPUT], whole[TARGET], whole[ROW_WEIGHT])
        load_rows(ws, part, at, order, False, 0, n, stride_of(ws, n))
    sums = np.zeros(2)
    end = _close_epoch(
        ws, layers, whole, real, parts, order, 0, math.nan, math.nan, history, control
    )
    for epoch in range(1, whole[EPOCHS] + 1):
        if end != TRAINED:
            return end
        if whole[SHUFFLE]:
            fill_order(order, keys[0], epoch)
        end = _epoch(
            ws, layers, whole, real, keys, part, order, loaded, rates[epoch - 1], epoch, control,
            told, sums,
        )  # fmt: skip
        if end != TRAINED:
            return end
        control[EPOCHS_DONE] = epoch
        if evaluated[epoch]:
            before = sums[0] if whole[REDUCTION] == SUM else sums[0] / sums[1]
            end = _close_epoch(
                ws,
                layers,
                whole,
                real,
                parts,
                order,
                epoch,
                before,
                told[GRADIENT_NORM],
                history,
                control,
            )
    # The last epoch done, there is nothing to stop early.
    return TRAINED if end == STOPPED_EARLY else end
