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
    ADJUST,
    BETA1,
    BETA2,
    BIAS,
    CENTERED,
    CLIP_NORM,
    CLIP_VALUE,
    DAMPENING,
    DECAY,
    DECAY_BIASES,
    DECOUPLED,
    EPS,
    FIRST_MOMENT,
    GRADIENT,
    GRADIENT_MEAN,
    L1_PENALTY,
    MOMENTUM,
    N_IN,
    N_LAYER_COLUMNS,
    N_LAYERS,
    N_OUT,
    N_PARAMETERS,
    NESTEROV,
    PARAMETERS,
    RMSPROP,
    SECOND_MOMENT,
    SGD,
    SUM_OF_SQUARES,
    UPDATES,
    WEIGHT,
)
from learnscope.fused.decorators import inlined, kernel
from learnscope.fused.units import add, group, unit
from learnscope.fused.vectors import number, peek, poke


@unit(SUM_OF_SQUARES, returns="real", fast=True)
def sum_of_squares(calls, ws, a, n):
    """Return the sum of squares of n numbers, in float64, where float32 cannot overflow."""
    total = 0.0
    for i in range(n):
        x = np.float64(peek(ws, a + i))
        total += x * x
    return total


@unit(ADJUST, fast=True)
def adjust(calls, ws, layers, whole, real, rate):
    """Add penalties to the gradient, clip it, and decay the weights, in this order."""
    n, g = whole[N_PARAMETERS], whole[GRADIENT]
    if real[L1_PENALTY] > 0:
        _penalize(ws, layers, whole, real[L1_PENALTY], True)
    if real[CLIP_NORM] > 0:
        norm = math.sqrt(sum_of_squares(calls, ws, g, n))
        factor = real[CLIP_NORM] / (norm + 1e-6)
        _scale(ws, g, n, factor if factor < 1.0 else 1.0)
    if real[CLIP_VALUE] > 0:
        _cut(ws, g, n, real[CLIP_VALUE])
    if real[DECAY] > 0:
        if whole[DECOUPLED]:
            _shrink(ws, layers, whole, 1 - rate * real[DECAY])
        else:
            _penalize(ws, layers, whole, real[DECAY], False)


@kernel
def _decayed(whole, layers, layer):
    """Return how many numbers of a layer decay: biases follow weights."""
    n = layers[layer + N_OUT] * layers[layer + N_IN]
    if whole[DECAY_BIASES] and layers[layer + BIAS] >= 0:
        n += layers[layer + N_OUT]
    return n


@kernel
def _penalize(ws, layers, whole, strength, sign):
    """Add strength times w, or times its sign, to the gradient."""
    to_gradient = whole[GRADIENT] - whole[PARAMETERS]
    s, zero, one = number(ws, strength), number(ws, 0), number(ws, 1)
    for layer in range(0, whole[N_LAYERS] * N_LAYER_COLUMNS, N_LAYER_COLUMNS):
        at = layers[layer + WEIGHT]
        for i in range(_decayed(whole, layers, layer)):
            w = peek(ws, at + i)
            push = w
            if sign:
                push = one if w > zero else (-one if w < zero else zero)
            poke(ws, at + to_gradient + i, peek(ws, at + to_gradient + i) + s * push)


@kernel
def _shrink(ws, layers, whole, factor):
    for layer in range(0, whole[N_LAYERS] * N_LAYER_COLUMNS, N_LAYER_COLUMNS):
        _scale(ws, layers[layer + WEIGHT], _decayed(whole, layers, layer), factor)


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


@group(UPDATES, returns="real")
def update(calls, ws, whole, real, rate, step):
    """Move the weights along their gradient; `step` is 1 in the first update.

    Where the gradient stood, the weights before the update are left, and what is returned is 0
    only if all new weights are finite.
    """


@inlined
def _replace(ws, w, g, i, new, rest):
    """Write weight i, keep the old one, and add 0, or NaN where the new one is not finite."""
    poke(ws, g + i, peek(ws, w + i))
    poke(ws, w + i, new)
    return rest + (new - new)


def _adam(calls, ws, whole, real, rate, step):
    w, g, m, v = whole[PARAMETERS], whole[GRADIENT], whole[FIRST_MOMENT], whole[SECOND_MOMENT]
    beta1, beta2 = real[BETA1], real[BETA2]
    root = math.sqrt(1 - beta2**step)
    size, inverse_root = number(ws, -rate / (1 - beta1**step)), number(ws, 1 / root)
    b2, c1, c2 = number(ws, beta2), number(ws, 1 - beta1), number(ws, 1 - beta2)
    e, rest = number(ws, real[EPS]), number(ws, 0)
    for i in range(whole[N_PARAMETERS]):
        x, mean, square = peek(ws, g + i), peek(ws, m + i), peek(ws, v + i)
        mean += c1 * (x - mean)
        square = b2 * square + c2 * x * x
        poke(ws, m + i, mean)
        poke(ws, v + i, square)
        new = peek(ws, w + i) + size * mean / (math.sqrt(square) * inverse_root + e)
        rest = _replace(ws, w, g, i, new, rest)
    return np.float64(rest)


def _rmsprop(calls, ws, whole, real, rate, step):
    """Centred where the mean of the gradient has a place."""
    w, g, m, v = whole[PARAMETERS], whole[GRADIENT], whole[FIRST_MOMENT], whole[SECOND_MOMENT]
    a, b, e = number(ws, real[BETA2]), number(ws, 1 - real[BETA2]), number(ws, real[EPS])
    keep, r, rest = number(ws, real[MOMENTUM]), number(ws, rate), number(ws, 0)
    mean, centered = whole[GRADIENT_MEAN], whole[CENTERED] > 0
    for i in range(whole[N_PARAMETERS]):
        x = peek(ws, g + i)
        square = a * peek(ws, v + i) + b * x * x
        spread = square
        if centered:
            average = peek(ws, mean + i)
            average += b * (x - average)
            poke(ws, mean + i, average)
            spread = square - average * average
        move = keep * peek(ws, m + i) + x / (math.sqrt(spread) + e)
        poke(ws, v + i, square)
        poke(ws, m + i, move)
        rest = _replace(ws, w, g, i, peek(ws, w + i) - r * move, rest)
    return np.float64(rest)


def _sgd(calls, ws, whole, real, rate, step):
    w, g, m = whole[PARAMETERS], whole[GRADIENT], whole[FIRST_MOMENT]
    n, r, rest = whole[N_PARAMETERS], number(ws, rate), number(ws, 0)
    if real[MOMENTUM] <= 0:
        for i in range(n):
            rest = _replace(ws, w, g, i, peek(ws, w + i) - r * peek(ws, g + i), rest)
        return np.float64(rest)
    keep, take = number(ws, real[MOMENTUM]), number(ws, 1.0 if step == 1 else 1 - real[DAMPENING])
    nesterov = whole[NESTEROV] > 0
    for i in range(n):
        x = peek(ws, g + i)
        velocity = keep * peek(ws, m + i) + take * x
        poke(ws, m + i, velocity)
        move = x + keep * velocity if nesterov else velocity
        rest = _replace(ws, w, g, i, peek(ws, w + i) - r * move, rest)
    return np.float64(rest)


add(UPDATES + ADAM, "adam", _adam, returns="real")
add(UPDATES + RMSPROP, "rmsprop", _rmsprop, returns="real")
add(UPDATES + SGD, "sgd", _sgd, returns="real")
