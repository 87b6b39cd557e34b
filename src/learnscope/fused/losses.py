"""Losses of the compiled trainer: the sum over rows, and the error signal at the outputs.

Same formulas as in `learnscope.training.losses`. Targets and outputs are (k, stride); class
numbers come as a one for the class and zeros else. Every row has a weight, 1 where none is given.
Rows beyond the batch get the error 0, so that they add nothing to any gradient.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from typing import Any

import numpy as np

from learnscope.fused import codes
from learnscope.fused.activations import log_sum_exp, softplus
from learnscope.fused.decorators import inlined
from learnscope.fused.elementary import exp, log
from learnscope.fused.units import add, group, unit
from learnscope.fused.vectors import number, peek, poke


@inlined
def _mse(ws, f, y, parameter):
    e = f - y
    return e * e, number(ws, 2) * e


@inlined
def _l1(ws, f, y, parameter):
    e, zero, one = f - y, number(ws, 0), number(ws, 1)
    return abs(e), one if e > zero else (-one if e < zero else e)


@inlined
def _huber(ws, f, y, parameter):
    e, half = f - y, number(ws, 0.5)
    size = abs(e)
    cut = parameter if e > parameter else (-parameter if e < -parameter else e)
    far = parameter * (size - half * parameter)
    return far if size > parameter else half * e * e, cut


@inlined
def _percentage(ws, f, y, parameter):
    scale = abs(y) + parameter
    e = (f - y) / scale
    return e * e, number(ws, 2) * e / scale


@inlined
def _bce(ws, p, y, parameter):
    one, least, low = number(ws, 1), number(ws, 1e-12), number(ws, -100)
    q, zero = one - p, number(ws, 0)
    hit = low if p <= zero else log(p)
    miss = low if q <= zero else log(q)
    hit, miss = low if hit < low else hit, low if miss < low else miss
    spread = p * q
    return -(y * hit + (one - y) * miss), (p - y) / (least if spread < least else spread)


@inlined
def _bce_logits(ws, z, y, parameter):
    value, share = softplus(ws, z)
    return value - y * z, share - y


@inlined
def _nll(ws, f, y, parameter):
    zero = number(ws, 0)
    # A class of probability 0 that is not the row's own must not give 0 times infinity.
    return -y * f if y > zero else zero, -y


@group(codes.LOSSES, returns="real")
def loss_and_error(calls, ws, out, target, weight, error, k, n, stride, scale, parameter, scratch):
    """Return the weighted sum of the losses of n rows; write dE/d(output), times `scale`."""


def _over_rows(function: Any) -> Any:
    """Return a loop over all numbers of a batch."""

    def loop(calls, ws, out, target, weight, error, k, n, stride, scale, parameter, scratch):
        total, size, limit = number(ws, 0), number(ws, scale), number(ws, parameter)
        for c in range(k):
            here = c * stride
            for r in range(n):
                f, y = peek(ws, out + here + r), peek(ws, target + here + r)
                w = peek(ws, weight + r)
                value, slope = function(ws, f, y, limit)
                total += w * value
                poke(ws, error + here + r, w * size * slope)
            for r in range(n, stride):
                poke(ws, error + here + r, number(ws, 0))
        return np.float64(total)

    return loop


def _cross_entropy(calls, ws, out, target, weight, error, k, n, stride, scale, parameter, scratch):
    log_sum_exp(ws, scratch, scratch + stride, out, k, stride)
    total, size = number(ws, 0), number(ws, scale)
    for c in range(k):
        here = c * stride
        for r in range(n):
            value = peek(ws, out + here + r) - peek(ws, scratch + r)
            y, w = peek(ws, target + here + r), peek(ws, weight + r)
            total -= w * y * value
            poke(ws, error + here + r, w * size * (exp(value) - y))
        for r in range(n, stride):
            poke(ws, error + here + r, number(ws, 0))
    return np.float64(total)


for _code, _name, _loop in (
    (codes.MSE, "mse", _over_rows(_mse)),
    (codes.L1, "l1", _over_rows(_l1)),
    (codes.HUBER, "huber", _over_rows(_huber)),
    (codes.PERCENTAGE, "percentage", _over_rows(_percentage)),
    (codes.BCE, "bce", _over_rows(_bce)),
    (codes.BCE_LOGITS, "bce_logits", _over_rows(_bce_logits)),
    (codes.NLL, "nll", _over_rows(_nll)),
    (codes.CROSS_ENTROPY, "cross_entropy", _cross_entropy),
):
    add(codes.LOSSES + _code, _name, _loop, returns="real")


@unit(codes.COUNT_RIGHT, returns="whole")
def count_right(calls, ws, whole, real, out, target, k, n, stride):
    """Return how many of n rows are decided rightly, by the rule of `Head.labels`."""
    right = 0
    if whole[codes.CLASSES] == codes.ONE_OUTPUT:
        threshold = number(ws, real[codes.THRESHOLD])
        for r in range(n):
            said = peek(ws, out + r) > threshold
            right += said == (peek(ws, target + r) > number(ws, 0.5))
    else:
        for r in range(n):
            right += _largest(ws, out + r, k, stride) == _largest(ws, target + r, k, stride)
    return right


@inlined
def _largest(ws, a, k, stride):
    best = 0
    for c in range(1, k):
        if peek(ws, a + c * stride) > peek(ws, a + best * stride):
            best = c
    return best
