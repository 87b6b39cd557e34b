"""Forward and backward pass of a dense network over one chunk of rows."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from learnscope.fused.activations import activate, multiply, times_slope
from learnscope.fused.codes import (
    ACTIVATION,
    BIAS,
    DROPOUT,
    ERROR,
    GRADIENT,
    MASK,
    N_IN,
    N_OUT,
    OTHER_ERROR,
    OUT,
    PARAMETERS,
    SCRATCH,
    SLOPE,
    WEIGHT,
    ZEROS,
)
from learnscope.fused.decorators import inlined, kernel
from learnscope.fused.order import fill_mask
from learnscope.fused.products import add_gradient, add_row_sums, product
from learnscope.fused.vectors import number, peek, poke


@inlined
def forward(ws, layers, whole, inputs, stride, masked):
    """Compute the activations of all layers from the inputs (d, stride) at `inputs`.

    With `masked`, hidden activations are multiplied by the dropout masks.
    """
    before = inputs
    for l in range(layers.shape[0]):  # noqa: E741
        n_in, n_out, out = layers[l, N_IN], layers[l, N_OUT], layers[l, OUT]
        start = layers[l, BIAS] if layers[l, BIAS] >= 0 else whole[ZEROS]
        product(ws, out, start, layers[l, WEIGHT], n_in, 1, before, stride, n_out, n_in)
        activate(ws, layers[l, ACTIVATION], out, layers[l, SLOPE], n_out, stride, whole[SCRATCH])
        if masked and l < layers.shape[0] - 1:
            multiply(ws, out, layers[l, MASK], n_out * stride)
        before = out


@inlined
def fill_masks(ws, layers, key, step, first_row, n, stride, p):
    """Draw the dropout masks of all hidden layers for one update."""
    for l in range(layers.shape[0] - 1):  # noqa: E741
        fill_mask(ws, layers[l, MASK], key, step, l, first_row, n, layers[l, N_OUT], stride, p)


@inlined
def backward(ws, layers, whole, real, inputs, stride, masked):
    """Add the gradient of all weights; dE/d(output) stands at `ERROR`."""
    to_gradient = whole[GRADIENT] - whole[PARAMETERS]
    here, there = whole[ERROR], whole[OTHER_ERROR]
    for l in range(layers.shape[0] - 1, -1, -1):  # noqa: E741
        n_in, n_out, weight = layers[l, N_IN], layers[l, N_OUT], layers[l, WEIGHT]
        if masked and l < layers.shape[0] - 1:
            multiply(ws, here, layers[l, MASK], n_out * stride)
            # The slope is taken from the activation as it was before the mask.
            _scale_back(ws, layers[l, OUT], n_out * stride, 1 - real[DROPOUT])
        times_slope(
            ws, layers[l, ACTIVATION], here, layers[l, OUT], layers[l, SLOPE], n_out, stride,
            whole[SCRATCH],
        )  # fmt: skip
        before = layers[l - 1, OUT] if l > 0 else inputs
        add_gradient(ws, weight + to_gradient, here, before, stride, n_out, n_in)
        if layers[l, BIAS] >= 0:
            add_row_sums(ws, layers[l, BIAS] + to_gradient, here, stride, n_out)
        if l > 0:
            product(ws, there, whole[ZEROS], weight, 1, n_in, here, stride, n_in, n_out)
        here, there = there, here


@kernel
def _scale_back(ws, a, n, factor):
    s = number(ws, factor)
    for i in range(n):
        poke(ws, a + i, peek(ws, a + i) * s)
