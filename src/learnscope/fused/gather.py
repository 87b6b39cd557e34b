"""Copying rows of the data into the workspace, turned to (columns, stride)."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from learnscope.fused.decorators import inlined, plain
from learnscope.fused.vectors import lanes, number, poke


@inlined
def stride_of(ws, n):
    """Return n rounded up to whole vectors."""
    size = lanes(ws)
    return (n + size - 1) // size * size


@plain
def load_rows(ws, part, at, order, ordered, start, n, stride):
    """Copy rows start .. start + n of a part to the places `at` (inputs, targets, weights).

    `order` gives the row numbers where `ordered`; else the rows stay as they stand. Places
    beyond n are filled with the first row: whatever the network makes of them is finite where
    the rows' own results are.
    """
    x, y, weight = part
    for r in range(stride):
        i = start + (r if r < n else 0)
        if ordered:
            i = order[i]
        for c in range(x.shape[1]):
            poke(ws, at[0] + c * stride + r, x[i, c])
        for c in range(y.shape[1]):
            poke(ws, at[1] + c * stride + r, y[i, c])
        poke(ws, at[2] + r, weight[i] if weight.shape[0] else number(ws, 1))


@inlined
def count_of(part, order, ordered, start, n, per_row, reduction):
    """Return what the loss of these rows is divided by, see `Loss.total`; `reduction` is a code.

    0 (a sum) gives 1, 1 the count of numbers, 2 twice that, 3 the sum of the rows' weights.
    """
    if reduction == 0:
        return 1.0
    if reduction < 3:
        return float(n * per_row * reduction)
    total = 0.0
    for r in range(start, start + n):
        total += part[2][order[r] if ordered else r]
    return total
