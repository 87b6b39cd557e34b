"""Matrix products of the forward and the backward pass, tile by tile."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from typing import Any

from learnscope.fused import codes
from learnscope.fused.finishes import FINISHES
from learnscope.fused.units import add, group, unit
from learnscope.fused.vectors import (
    GRADIENT_TILES,
    HAS_32_REGISTERS,
    lanes,
    peek,
    poke,
    product_tile,
)

sums_4, sums_1 = GRADIENT_TILES[4, 0, True], GRADIENT_TILES[1, 0, True]
gradient_4x4, gradient_4x4_b = GRADIENT_TILES[4, 4, False], GRADIENT_TILES[4, 4, True]
gradient_4x2, gradient_4x2_b = GRADIENT_TILES[4, 2, False], GRADIENT_TILES[4, 2, True]
gradient_4x1, gradient_4x1_b = GRADIENT_TILES[4, 1, False], GRADIENT_TILES[4, 1, True]
gradient_1x4, gradient_1x4_b = GRADIENT_TILES[1, 4, False], GRADIENT_TILES[1, 4, True]
gradient_1x2, gradient_1x2_b = GRADIENT_TILES[1, 2, False], GRADIENT_TILES[1, 2, True]
gradient_1x1, gradient_1x1_b = GRADIENT_TILES[1, 1, False], GRADIENT_TILES[1, 1, True]


@group(codes.PRODUCTS)
def product(calls, ws, out, start, w, w_unit, w_input, a, gate, stride, n_units, n_inputs):
    """Write out[j, r] = f(start[j] + sum_k w[j, k] a[k, r], gate[j, r]) for all rows.

    `w_unit` and `w_input` are the steps from a unit's weights to the next unit's and from an
    input's to the next, so that the same function multiplies by W and by its transpose. The code
    says what f is: an activation, or a factor from the activations of the layer before.
    """


def _product(finish: Any) -> Any:
    tile_4x2, tile_4x1 = product_tile(4, 2, finish), product_tile(4, 1, finish)
    tile_4x4 = product_tile(4, 4, finish)
    tile_1x4, tile_1x1 = product_tile(1, 4, finish), product_tile(1, 1, finish)

    def loop(calls, ws, out, start, w, w_unit, w_input, a, gate, stride, n_units, n_inputs):
        size, fours, row = lanes(ws), n_units & ~3, 0
        # Rows outside: the inputs of two vectors of rows stay near while all units pass over them.
        while HAS_32_REGISTERS and row + 4 * size <= stride and fours:
            for j in range(0, fours, 4):
                at = j * stride + row
                tile_4x4(
                    ws, out + at, start + j, w + j * w_unit, w_unit, w_input, a + row, gate + at,
                    stride, n_inputs,
                )  # fmt: skip
            row += 4 * size
        while row + 2 * size <= stride and fours:
            for j in range(0, fours, 4):
                at = j * stride + row
                tile_4x2(ws, out + at, start + j, w + j * w_unit, w_unit, w_input, a + row,
                         gate + at, stride, n_inputs)  # fmt: skip
            row += 2 * size
        while row < stride and fours:
            for j in range(0, fours, 4):
                at = j * stride + row
                tile_4x1(ws, out + at, start + j, w + j * w_unit, w_unit, w_input, a + row,
                         gate + at, stride, n_inputs)  # fmt: skip
            row += size
        for j in range(fours, n_units):
            row = 0
            while row + 4 * size <= stride:
                at = j * stride + row
                tile_1x4(ws, out + at, start + j, w + j * w_unit, 0, w_input, a + row, gate + at,
                         stride, n_inputs)  # fmt: skip
                row += 4 * size
            while row < stride:
                at = j * stride + row
                tile_1x1(ws, out + at, start + j, w + j * w_unit, 0, w_input, a + row, gate + at,
                         stride, n_inputs)  # fmt: skip
                row += size

    return loop


for _code, (_name, _finish) in FINISHES.items():
    add(codes.PRODUCTS + _code, f"product_{_name}", _product(_finish), fast=False)


@unit(codes.ADD_GRADIENT)
def add_gradient(calls, ws, g, b, d, a, stride, n_units, n_inputs):
    """Add the gradients of a layer: g[j, k] += sum_r d[j, r] a[k, r] and b[j] += sum_r d[j, r].

    `b` is below 0 for a layer without biases.
    """
    n, fours = stride // lanes(ws), n_units & ~3
    j = 0
    while j < n_units:
        k, here, at, four = 0, d + j * stride, g + j * n_inputs, j < fours
        biases = b >= 0
        while k < n_inputs:
            left, to, place = n_inputs - k, a + k * stride, at + k
            if four and left >= 4 and HAS_32_REGISTERS:
                if biases:
                    gradient_4x4_b(ws, place, n_inputs, b + j, here, to, stride, n)
                else:
                    gradient_4x4(ws, place, n_inputs, b, here, to, stride, n)
            elif four and left >= 2:
                if biases:
                    gradient_4x2_b(ws, place, n_inputs, b + j, here, to, stride, n)
                else:
                    gradient_4x2(ws, place, n_inputs, b, here, to, stride, n)
            elif four:
                if biases:
                    gradient_4x1_b(ws, place, n_inputs, b + j, here, to, stride, n)
                else:
                    gradient_4x1(ws, place, n_inputs, b, here, to, stride, n)
            elif left >= 4:
                if biases:
                    gradient_1x4_b(ws, place, n_inputs, b + j, here, to, stride, n)
                else:
                    gradient_1x4(ws, place, n_inputs, b, here, to, stride, n)
            elif left >= 2:
                if biases:
                    gradient_1x2_b(ws, place, n_inputs, b + j, here, to, stride, n)
                else:
                    gradient_1x2(ws, place, n_inputs, b, here, to, stride, n)
            elif biases:
                gradient_1x1_b(ws, place, n_inputs, b + j, here, to, stride, n)
            else:
                gradient_1x1(ws, place, n_inputs, b, here, to, stride, n)
            # The first tile of some units adds up their biases on the way.
            biases = False
            k += 4 if left >= 4 and (HAS_32_REGISTERS or not four) else 2 if left >= 2 else 1
        j += 4 if four else 1


@unit(codes.WIDE_GRADIENT)
def write_wide_gradient(calls, ws, whole, g, b, d, a, stride, n, n_units, n_inputs):
    """Write what `add_gradient` adds, for many inputs and n rows that are few.

    Vectors of inputs in place of vectors of rows need no sums over the lanes, which for 16 rows
    take three quarters of the time. For that the inputs are turned to (n, n_inputs).
    """
    turned = whole[codes.TURNED]
    for k in range(n_inputs):
        for r in range(n):
            poke(ws, turned + r * n_inputs + k, peek(ws, a + k * stride + r))
    product(calls, 0, ws, g, whole[codes.ZEROS], d, stride, 1, turned, 0, n_inputs, n_units, n)
    if b < 0:
        return
    vectors, fours = stride // lanes(ws), n_units & ~3
    for j in range(0, fours, 4):
        sums_4(ws, g, 0, b + j, d + j * stride, a, stride, vectors)
    for j in range(fours, n_units):
        sums_1(ws, g, 0, b + j, d + j * stride, a, stride, vectors)
