"""One row of the history: losses, accuracies and dead units after an epoch, without dropout."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math

from learnscope.fused.codes import (
    CHUNK,
    CLASSES,
    ERROR,
    FIRST_SEEN,
    LOSS,
    LOSS_PARAMETER,
    N_HIDDEN,
    N_OUT,
    N_PARAMETERS,
    NUMBERS_PER_ROW,
    OTHER_INPUT,
    OTHER_TARGET,
    OTHER_WEIGHT,
    OUT,
    PARAMETERS,
    REDUCTION,
    SCRATCH,
    THRESHOLD,
)
from learnscope.fused.decorators import inlined, kernel
from learnscope.fused.gather import count_of, load_rows, stride_of
from learnscope.fused.losses import count_right, loss_and_error
from learnscope.fused.network import forward
from learnscope.fused.optimizers import square_sum
from learnscope.fused.vectors import number, peek, poke


@inlined
def write_row(ws, layers, whole, real, parts, order, row):
    """Fill losses (2..4), accuracies (5..7), weight norm (9) and dead units (10) of a row."""
    for p in range(3):
        row[2 + p] = row[5 + p] = math.nan
        if parts[p][0].shape[0]:
            row[2 + p], row[5 + p] = _evaluate_part(
                ws, layers, whole, real, parts[p], order, p == 0
            )
    row[9] = math.sqrt(square_sum(ws, whole[PARAMETERS], whole[N_PARAMETERS]))
    row[10] = 0.0
    for i in range(whole[N_HIDDEN]):
        row[10] += peek(ws, whole[FIRST_SEEN] + whole[N_HIDDEN] + i) == number(ws, 0)


@inlined
def _evaluate_part(ws, layers, whole, real, part, order, watch_units):
    """Return loss and accuracy (NaN for regression) of a part."""
    at = (whole[OTHER_INPUT], whole[OTHER_TARGET], whole[OTHER_WEIGHT])
    last, n = layers.shape[0] - 1, part[0].shape[0]
    total, right = 0.0, 0
    for start in range(0, n, whole[CHUNK]):
        size = min(whole[CHUNK], n - start)
        stride = stride_of(ws, size)
        load_rows(ws, part, at, order, False, start, size, stride)
        forward(ws, layers, whole, at[0], stride, False)
        if watch_units:
            _watch_units(ws, layers, whole, size, stride, start == 0)
        out, k = layers[last, OUT], layers[last, N_OUT]
        total += loss_and_error(
            ws, whole[LOSS], out, at[1], at[2], whole[ERROR], k, size, stride, number(ws, 1),
            number(ws, real[LOSS_PARAMETER]), whole[SCRATCH],
        )  # fmt: skip
        threshold = number(ws, real[THRESHOLD])
        right += count_right(ws, whole[CLASSES], threshold, out, at[1], k, size, stride)
    count = count_of(part, order, False, 0, n, whole[NUMBERS_PER_ROW], whole[REDUCTION])
    return total / count, right / n if whole[CLASSES] else math.nan


@inlined
def _watch_units(ws, layers, whole, n, stride, afresh):
    """Note which hidden units give another value than on the very first row."""
    unit = whole[FIRST_SEEN]
    for l in range(layers.shape[0] - 1):  # noqa: E741
        for j in range(layers[l, N_OUT]):
            at, differs = layers[l, OUT] + j * stride, unit + whole[N_HIDDEN]
            if afresh:
                poke(ws, unit, peek(ws, at))
                poke(ws, differs, number(ws, 0))
            poke(ws, differs, peek(ws, differs) + _differing(ws, at, n, peek(ws, unit)))
            unit += 1


@kernel
def _differing(ws, at, n, value):
    total, zero, one = number(ws, 0), number(ws, 0), number(ws, 1)
    for r in range(n):
        total += zero if peek(ws, at + r) == value else one
    return total
