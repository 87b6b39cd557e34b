"""Optimisers of the compiled trainer: PyTorch's formulas on the flat array of all weights.

The array is padded with zeros to whole vectors; a zero weight with a zero gradient stays zero
under every formula here. A step computes in the number type of the training with scalars
computed in float64, as PyTorch does.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math

import numpy as np

from learnscope.fused.codes import (
    ADAM,
    BETA1,
    BETA2,
    BIAS,
    CLIP_NORM,
    CLIP_VALUE,
    DAMPENING,
    DECAY,
    DECAY_BIASES,
    DECOUPLED,
    EPS,
    FIRST_MOMENT,
    GRADIENT,
    L1_PENALTY,
    MOMENTUM,
    N_IN,
    N_OUT,
    N_PARAMETERS,
    NESTEROV,
    OPTIMIZER,
    PARAMETERS,
    RMSPROP,
    SECOND_MOMENT,
    WEIGHT,
)
from learnscope.fused.decorators import inlined, kernel, plain
from learnscope.fused.vectors import number, peek, poke


@kernel
def square_sum(ws, a, n):
    """Return the sum of squares of n numbers, in float64, where float32 cannot overflow."""
    total = 0.0
    for i in range(n):
        x = np.float64(peek(ws, a + i))
        total += x * x
    return total


@plain
def update(ws, layers, whole, real, rate, step):
    """Move the weights along their gradient; `step` is 1 in the first update."""
    n, w, g = whole[N_PARAMETERS], whole[PARAMETERS], whole[GRADIENT]
    if real[L1_PENALTY] > 0:
        _penalize(ws, layers, whole, real[L1_PENALTY], True)
    if real[CLIP_NORM] > 0:
        norm = math.sqrt(square_sum(ws, g, n))
        _scale(ws, g, n, min(1.0, real[CLIP_NORM] / (norm + 1e-6)))
    if real[CLIP_VALUE] > 0:
        _cut(ws, g, n, real[CLIP_VALUE])
    if real[DECAY] > 0:
        if whole[DECOUPLED]:
            _shrink(ws, layers, whole, 1 - rate * real[DECAY])
        else:
            _penalize(ws, layers, whole, real[DECAY], False)
    m, v = whole[FIRST_MOMENT], whole[SECOND_MOMENT]
    if whole[OPTIMIZER] == ADAM:
        _adam(ws, w, g, m, v, n, rate, step, real[BETA1], real[BETA2], real[EPS])
    elif whole[OPTIMIZER] == RMSPROP:
        _rmsprop(ws, w, g, m, v, n, rate, real[BETA2], real[EPS], real[MOMENTUM])
    elif real[MOMENTUM] > 0:
        inflow = 1.0 if step == 1 else 1 - real[DAMPENING]
        _momentum(ws, w, g, m, n, rate, real[MOMENTUM], inflow, whole[NESTEROV])
    else:
        _descend(ws, w, g, n, rate)


@inlined
def _decayed(whole, layers, l):  # noqa: E741
    """Return offset and count of the numbers of layer l that decay: biases follow weights."""
    n = layers[l, N_OUT] * layers[l, N_IN]
    if whole[DECAY_BIASES] and layers[l, BIAS] >= 0:
        n += layers[l, N_OUT]
    return layers[l, WEIGHT], n


@kernel
def _penalize(ws, layers, whole, strength, sign):
    """Add strength times w, or times its sign, to the gradient."""
    to_gradient = whole[GRADIENT] - whole[PARAMETERS]
    s, zero, one = number(ws, strength), number(ws, 0), number(ws, 1)
    for l in range(layers.shape[0]):  # noqa: E741
        at, n = _decayed(whole, layers, l)
        for i in range(n):
            w = peek(ws, at + i)
            push = w
            if sign:
                push = one if w > zero else (-one if w < zero else zero)
            poke(ws, at + to_gradient + i, peek(ws, at + to_gradient + i) + s * push)


@kernel
def _shrink(ws, layers, whole, factor):
    for l in range(layers.shape[0]):  # noqa: E741
        at, n = _decayed(whole, layers, l)
        _scale(ws, at, n, factor)


@kernel
def _scale(ws, a, n, factor):
    s = number(ws, factor)
    for i in range(n):
        poke(ws, a + i, peek(ws, a + i) * s)


@kernel
def _cut(ws, g, n, limit):
    high, low = number(ws, limit), number(ws, -limit)
    for i in range(n):
        x = peek(ws, g + i)
        x = high if x > high else x
        poke(ws, g + i, low if x < low else x)


@kernel
def _adam(ws, w, g, m, v, n, rate, step, beta1, beta2, eps):
    root = math.sqrt(1 - beta2**step)
    size, inverse_root = number(ws, -rate / (1 - beta1**step)), number(ws, 1 / root)
    b2, c1, c2, e = number(ws, beta2), number(ws, 1 - beta1), number(ws, 1 - beta2), number(ws, eps)
    for i in range(n):
        x, mean, square = peek(ws, g + i), peek(ws, m + i), peek(ws, v + i)
        mean += c1 * (x - mean)
        square = b2 * square + c2 * x * x
        poke(ws, m + i, mean)
        poke(ws, v + i, square)
        poke(ws, w + i, peek(ws, w + i) + size * mean / (math.sqrt(square) * inverse_root + e))


@kernel
def _rmsprop(ws, w, g, m, v, n, rate, alpha, eps, momentum):
    a, b, e = number(ws, alpha), number(ws, 1 - alpha), number(ws, eps)
    keep, r = number(ws, momentum), number(ws, rate)
    for i in range(n):
        x = peek(ws, g + i)
        square = a * peek(ws, v + i) + b * x * x
        move = keep * peek(ws, m + i) + x / (math.sqrt(square) + e)
        poke(ws, v + i, square)
        poke(ws, m + i, move)
        poke(ws, w + i, peek(ws, w + i) - r * move)


@kernel
def _momentum(ws, w, g, m, n, rate, momentum, inflow, nesterov):
    keep, take, r = number(ws, momentum), number(ws, inflow), number(ws, rate)
    for i in range(n):
        x = peek(ws, g + i)
        velocity = keep * peek(ws, m + i) + take * x
        poke(ws, m + i, velocity)
        move = x + keep * velocity if nesterov else velocity
        poke(ws, w + i, peek(ws, w + i) - r * move)


@kernel
def _descend(ws, w, g, n, rate):
    r = number(ws, rate)
    for i in range(n):
        poke(ws, w + i, peek(ws, w + i) - r * peek(ws, g + i))
