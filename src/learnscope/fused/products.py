"""Matrix products of the forward and the backward pass, tile by tile."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from learnscope.fused.decorators import plain
from learnscope.fused.vectors import (
    gradient_1x1,
    gradient_1x4,
    gradient_4x1,
    gradient_4x4,
    lanes,
    product_1x1,
    product_1x4,
    product_4x1,
    product_4x2,
    sums_1,
    sums_4,
)


@plain
def product(ws, out, start, w, w_unit, w_input, a, stride, n_units, n_inputs):
    """Write out[j, r] = start[j] + sum_k w[j, k] a[k, r] for all rows up to the stride.

    `w_unit` and `w_input` are the steps from a unit's weights to the next unit's and from an
    input's to the next, so that the same function multiplies by W and by its transpose.
    """
    fours = n_units - n_units % 4
    if fours:
        _fours(ws, out, start, w, w_unit, w_input, a, stride, fours, n_inputs)
    for j in range(fours, n_units):
        _single(ws, out + j * stride, start + j, w + j * w_unit, w_input, a, stride, n_inputs)


@plain
def _fours(ws, out, start, w, w_unit, w_input, a, stride, n_units, n_inputs):
    # Rows outside: the inputs of two vectors of rows stay near while all units pass over them.
    size = lanes(ws)
    row = 0
    while row + 2 * size <= stride:
        for j in range(0, n_units, 4):
            product_4x2(
                ws, out + j * stride + row, start + j, w + j * w_unit, w_unit, w_input, a + row,
                stride, n_inputs,
            )  # fmt: skip
        row += 2 * size
    while row < stride:
        for j in range(0, n_units, 4):
            product_4x1(
                ws, out + j * stride + row, start + j, w + j * w_unit, w_unit, w_input, a + row,
                stride, n_inputs,
            )  # fmt: skip
        row += size


@plain
def _single(ws, out, start, w, w_input, a, stride, n_inputs):
    size = lanes(ws)
    row = 0
    while row + 4 * size <= stride:
        product_1x4(ws, out + row, start, w, 0, w_input, a + row, stride, n_inputs)
        row += 4 * size
    while row < stride:
        product_1x1(ws, out + row, start, w, 0, w_input, a + row, stride, n_inputs)
        row += size


@plain
def add_gradient(ws, g, d, a, stride, n_units, n_inputs):
    """Add g[j, k] += sum_r d[j, r] a[k, r], the gradient of the weights (n_units, n_inputs)."""
    n = stride // lanes(ws)
    fours = n_units - n_units % 4
    for k in range(0, n_inputs - n_inputs % 4, 4):
        for j in range(0, fours, 4):
            gradient_4x4(ws, g + j * n_inputs + k, n_inputs, d + j * stride, a + k * stride,
                         stride, n)  # fmt: skip
        for j in range(fours, n_units):
            gradient_1x4(ws, g + j * n_inputs + k, n_inputs, d + j * stride, a + k * stride,
                         stride, n)  # fmt: skip
    for k in range(n_inputs - n_inputs % 4, n_inputs):
        for j in range(0, fours, 4):
            gradient_4x1(ws, g + j * n_inputs + k, n_inputs, d + j * stride, a + k * stride,
                         stride, n)  # fmt: skip
        for j in range(fours, n_units):
            gradient_1x1(ws, g + j * n_inputs + k, n_inputs, d + j * stride, a + k * stride,
                         stride, n)  # fmt: skip


@plain
def add_row_sums(ws, g, d, stride, n_units):
    """Add g[j] += sum_r d[j, r], the gradient of the biases."""
    n = stride // lanes(ws)
    fours = n_units - n_units % 4
    for j in range(0, fours, 4):
        sums_4(ws, g + j, d + j * stride, stride, n)
    for j in range(fours, n_units):
        sums_1(ws, g + j, d + j * stride, stride, n)
