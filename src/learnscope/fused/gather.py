"""Copying rows of the data into the workspace, turned to (columns, stride)."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import numpy as np

from learnscope.fused import codes
from learnscope.fused.decorators import inlined
from learnscope.fused.units import unit
from learnscope.fused.vectors import as_numbers, lanes, number, peek, poke


@inlined
def stride_of(ws, n):
    """Return n rounded up to whole vectors."""
    size = lanes(ws)
    return (n + size - 1) & ~(size - 1)


@unit(codes.LOAD_ROWS)
def load_rows(calls, ws, parts, whole, part, order, ordered, to, start, n, stride):
    """Copy rows start .. start + n of a part to the offsets in `whole` from number `to` on.

    These are the places of inputs, targets and weights. `order` gives the row numbers where
    `ordered`; else the rows stay as they stand. Places beyond n are filled with the first row:
    whatever the network makes of them is finite where the rows' own results are.
    """
    x = as_numbers(ws, parts[part + codes.FEATURES])
    y = as_numbers(ws, parts[part + codes.TARGETS])
    weight = parts[part + codes.ROW_WEIGHTS]
    inputs, targets, weights = whole[to], whole[to + 1], whole[to + 2]
    d, k = whole[codes.N_INPUTS], whole[codes.N_OUTPUTS]
    for r in range(stride):
        i = start + (r if r < n else 0)
        if ordered:
            i = order[i]
        for c in range(d):
            poke(ws, inputs + c * stride + r, peek(x, i * d + c))
        for c in range(k):
            poke(ws, targets + c * stride + r, peek(y, i * k + c))
        poke(ws, weights + r, peek(as_numbers(ws, weight), i) if weight else number(ws, 1))


@inlined
def count_of(ws, parts, whole, part, order, ordered, start, n):
    """Return what the loss of these rows is divided by, see `Loss.total`.

    By `REDUCTION` 0 (a sum) gives 1, 1 the count of numbers, 2 twice that, 3 the sum of the rows'
    weights.
    """
    reduction = whole[codes.REDUCTION]
    if reduction == codes.SUM:
        return 1.0
    if reduction < codes.WEIGHTED:
        return np.float64(n * whole[codes.NUMBERS_PER_ROW] * reduction)
    weight, total = as_numbers(ws, parts[part + codes.ROW_WEIGHTS]), 0.0
    for r in range(start, start + n):
        total += np.float64(peek(weight, order[r] if ordered else r))
    return total
