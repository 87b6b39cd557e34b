"""One row of the history: losses, accuracies and dead units after an epoch, without dropout."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math

from learnscope.fused import codes
from learnscope.fused.codes import (
    CHUNK,
    CLASSES,
    ERROR,
    FIRST_SEEN,
    LOSS,
    LOSS_PARAMETER,
    N_HIDDEN,
    N_LAYER_COLUMNS,
    N_LAYERS,
    N_OUT,
    N_PARAMETERS,
    N_PART_COLUMNS,
    OTHER_INPUT,
    OTHER_TARGET,
    OTHER_WEIGHT,
    OUT,
    PARAMETERS,
    SCRATCH,
)
from learnscope.fused.decorators import kernel
from learnscope.fused.gather import count_of, load_rows, stride_of
from learnscope.fused.losses import count_right, loss_and_error
from learnscope.fused.network import forward
from learnscope.fused.optimizers import sum_of_squares
from learnscope.fused.units import unit
from learnscope.fused.vectors import number, peek, poke


@unit(codes.EVALUATE)
def write_row(calls, ws, layers, whole, real, parts, order, history):
    """Fill losses (2..4), accuracies (5..7), weight norm (9) and dead units (10) of a row."""
    for p in range(3):
        part = p * N_PART_COLUMNS
        history[2 + p] = history[5 + p] = math.nan
        n, total, right = parts[part], 0.0, 0
        for start in range(0, n, whole[CHUNK]):
            size = n - start
            size = whole[CHUNK] if size > whole[CHUNK] else size
            stride = stride_of(ws, size)
            load_rows(calls, ws, parts, whole, part, order, False, OTHER_INPUT, start, size, stride)
            forward(calls, ws, layers, whole, whole[OTHER_INPUT], stride, False)
            if p == 0 and whole[N_HIDDEN]:
                watch_units(calls, ws, layers, whole, size, stride, start == 0)
            last = (whole[N_LAYERS] - 1) * N_LAYER_COLUMNS
            out, k, target = layers[last + OUT], layers[last + N_OUT], whole[OTHER_TARGET]
            total += loss_and_error(
                calls, whole[LOSS], ws, out, target, whole[OTHER_WEIGHT], whole[ERROR], k, size,
                stride, 1.0, real[LOSS_PARAMETER], whole[SCRATCH],
            )  # fmt: skip
            if whole[CLASSES]:
                right += count_right(calls, ws, whole, real, out, target, k, size, stride)
        if n:
            history[2 + p] = total / count_of(ws, parts, whole, part, order, False, 0, n)
            if whole[CLASSES]:
                history[5 + p] = right / n
    squares = sum_of_squares(calls, ws, whole[PARAMETERS], whole[N_PARAMETERS])
    history[9], history[10] = math.sqrt(squares), 0.0
    for i in range(whole[N_HIDDEN]):
        same = peek(ws, whole[FIRST_SEEN] + whole[N_HIDDEN] + i) == number(ws, 0)
        history[10] += 1.0 if same else 0.0


@unit(codes.WATCH_UNITS)
def watch_units(calls, ws, layers, whole, n, stride, afresh):
    """Note which hidden units give another value than on the very first row."""
    unit = whole[FIRST_SEEN]
    for layer in range(0, (whole[N_LAYERS] - 1) * N_LAYER_COLUMNS, N_LAYER_COLUMNS):
        for j in range(layers[layer + N_OUT]):
            at, differs = layers[layer + OUT] + j * stride, unit + whole[N_HIDDEN]
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
