"""Forward and backward pass of a dense network over one chunk of rows."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from learnscope.fused import codes
from learnscope.fused.activations import activate, times_slope
from learnscope.fused.codes import (
    ACTIVATION,
    APPLY_MASK,
    BIAS,
    DROPOUT,
    ERROR,
    FINISH,
    GRADIENT,
    IDENTITY,
    MASK,
    N_IN,
    N_LAYER_COLUMNS,
    N_LAYERS,
    N_OUT,
    OTHER_ERROR,
    OUT,
    PARAMETERS,
    SCRATCH,
    SLOPE,
    SLOPE_FINISH,
    TURNED,
    WEIGHT,
    WIDE,
    ZEROS,
)
from learnscope.fused.decorators import kernel
from learnscope.fused.order import fill_mask
from learnscope.fused.products import add_gradient, product, write_wide_gradient
from learnscope.fused.units import unit
from learnscope.fused.vectors import number, peek, poke


@unit(codes.FORWARD)
def forward(calls, ws, layers, whole, inputs, stride, masked):
    """Compute the activations of all layers from the inputs (d, stride) at `inputs`.

    z = W a + b, a = f(z); with `masked`, hidden activations are multiplied by the dropout masks.
    """
    before, end = inputs, whole[N_LAYERS] * N_LAYER_COLUMNS
    for layer in range(0, end, N_LAYER_COLUMNS):
        n_in, n_out, out = layers[layer + N_IN], layers[layer + N_OUT], layers[layer + OUT]
        bias, code = layers[layer + BIAS], layers[layer + ACTIVATION]
        start, finish = bias if bias >= 0 else whole[ZEROS], layers[layer + FINISH]
        product(
            calls, finish, ws, out, start, layers[layer + WEIGHT], n_in, 1, before, 0, stride,
            n_out, n_in,
        )  # fmt: skip
        if code != IDENTITY and not finish:
            activate(calls, code, ws, out, layers[layer + SLOPE], n_out, stride, whole[SCRATCH])
        if masked and layer + N_LAYER_COLUMNS < end:
            apply_mask(calls, ws, out, layers[layer + MASK], n_out * stride, 1.0)
        before = out


@unit(codes.BACKWARD)
def backward(calls, ws, layers, whole, real, inputs, n, stride, masked):
    """Add the gradient of all weights over n rows; dE/d(output) stands at `ERROR`.

    Layer by layer from the last: d = dE/da f'(z); dE/dW = d a^T, dE/db = sum d; then dE/da of the
    layer before = W^T d.
    """
    to_gradient = whole[GRADIENT] - whole[PARAMETERS]
    here, there = whole[ERROR], whole[OTHER_ERROR]
    last = (whole[N_LAYERS] - 1) * N_LAYER_COLUMNS
    for layer in range(last, -1, -N_LAYER_COLUMNS):
        n_in, n_out, out = layers[layer + N_IN], layers[layer + N_OUT], layers[layer + OUT]
        weight, bias, code = (
            layers[layer + WEIGHT],
            layers[layer + BIAS],
            layers[layer + ACTIVATION],
        )
        if masked and layer < last:
            apply_mask(calls, ws, here, layers[layer + MASK], n_out * stride, 1.0)
            # The slope is taken from the activation as it was before the mask.
            apply_mask(calls, ws, out, -1, n_out * stride, 1 - real[DROPOUT])
        if code != IDENTITY and (layer == last or not layers[layer + SLOPE_FINISH]):
            times_slope(
                calls, code, ws, here, out, layers[layer + SLOPE], n_out, stride, whole[SCRATCH]
            )
        below = layer - N_LAYER_COLUMNS
        before = layers[below + OUT] if layer > 0 else inputs
        to_bias = bias + to_gradient if bias >= 0 else -1
        to_weight = weight + to_gradient
        if whole[TURNED] and layers[layer + WIDE] > 0:
            write_wide_gradient(
                calls, ws, whole, to_weight, to_bias, here, before, stride, n, n_out, n_in
            )
        else:
            add_gradient(calls, ws, to_weight, to_bias, here, before, stride, n_out, n_in)
        if layer > 0:
            product(
                calls, layers[below + SLOPE_FINISH], ws, there, whole[ZEROS], weight, 1, n_in, here,
                before, stride, n_in, n_out,
            )  # fmt: skip
        here, there = there, here


@unit(APPLY_MASK, fast=True)
def apply_mask(calls, ws, a, mask, n, scale):
    """Multiply n numbers by the mask, or by `scale` where `mask` is below 0."""
    s = number(ws, scale)
    if mask < 0:
        for i in range(n):
            poke(ws, a + i, peek(ws, a + i) * s)
        return
    for i in range(n):
        poke(ws, a + i, peek(ws, a + i) * peek(ws, mask + i))


@kernel
def fill_masks(calls, ws, layers, whole, key, step, first_row, n, stride, p):
    """Draw the dropout masks of all hidden layers for one update."""
    for l in range(whole[N_LAYERS] - 1):  # noqa: E741
        layer = l * N_LAYER_COLUMNS
        fill_mask(
            calls, ws, layers[layer + MASK], key, step, l, first_row, n, layers[layer + N_OUT],
            stride, p,
        )  # fmt: skip
