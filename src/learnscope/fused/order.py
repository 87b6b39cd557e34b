"""Order of the rows and dropout masks: the numbers of `training.order` and `training.dropout`."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import numpy as np

from learnscope.fused import codes
from learnscope.fused.decorators import inlined
from learnscope.fused.units import unit
from learnscope.fused.vectors import number, poke

u8 = np.uint64
GOLDEN = u8(0x9E3779B97F4A7C15)
FIRST, SECOND = u8(0xBF58476D1CE4E5B9), u8(0x94D049BB133111EB)
S30, S27, S31, S11, ONE = u8(30), u8(27), u8(31), u8(11), u8(1)
TO_UNIT = 2.0**-53


@inlined
def _mix(z):
    z = (z ^ (z >> S30)) * FIRST
    z = (z ^ (z >> S27)) * SECOND
    return z ^ (z >> S31)


@inlined
def sub_key(key, counter):
    """Return the key of a sub-stream, see `stream_key`."""
    return _mix(key + GOLDEN * (u8(counter) + ONE))


@inlined
def _uniform(key, i):
    """Return number i of `uniforms(key, ...)`."""
    return np.float64(_mix(key + GOLDEN * (u8(i) + ONE)) >> S11) * TO_UNIT


@unit(codes.FILL_ORDER)
def fill_order(calls, ws, order, key, n, epoch):
    """Write the order of the n rows in an epoch, see `epoch_order`."""
    own = sub_key(key, epoch)
    for i in range(n):
        order[i] = i
    for i in range(n - 1, 0, -1):
        j = np.int64(_uniform(own, i) * (i + 1))
        order[i], order[j] = order[j], order[i]


@unit(codes.FILL_MASK)
def fill_mask(calls, ws, mask, key, step, layer, first_row, n, n_units, stride, p):
    """Write 0 or 1 / (1 - p) for every hidden activation (n_units, stride).

    `first_row` is the number of the first row within the batch, see `dropout_mask`.
    """
    own = sub_key(sub_key(key, step), layer)
    kept, dropped = number(ws, 1 / (1 - p)), number(ws, 0)
    for j in range(n_units):
        for r in range(n):
            u = _uniform(own, (first_row + r) * n_units + j)
            poke(ws, mask + j * stride + r, kept if u >= p else dropped)
        for r in range(n, stride):
            poke(ws, mask + j * stride + r, dropped)
