"""Losses of the compiled trainer: the sum over rows, and the error signal at the outputs.

Same formulas as in `learnscope.training.losses`. Targets and outputs are (k, stride); class
numbers come as a one for the class and zeros else. Every row has a weight, 1 where none is given.
Rows beyond the batch get the error 0, so that they add nothing to any gradient.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from typing import Any

from learnscope.fused.activations import log_sum_exp, softplus
from learnscope.fused.codes import (
    BCE,
    BCE_LOGITS,
    CROSS_ENTROPY,
    HUBER,
    L1,
    LARGEST,
    NLL,
    ONE_OUTPUT,
    PERCENTAGE,
)
from learnscope.fused.decorators import inlined, kernel, plain
from learnscope.fused.elementary import exp, log
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


def _over_rows(function: Any) -> Any:
    """Return a compiled loop over all numbers of a batch."""

    @kernel
    def loop(ws, out, target, weight, error, k, n, stride, scale, parameter):
        total = number(ws, 0)
        for c in range(k):
            here = c * stride
            for r in range(n):
                f, y, w = (
                    peek(ws, out + here + r),
                    peek(ws, target + here + r),
                    peek(ws, weight + r),
                )
                value, slope = function(ws, f, y, parameter)
                total += w * value
                poke(ws, error + here + r, w * scale * slope)
            for r in range(n, stride):
                poke(ws, error + here + r, number(ws, 0))
        return total

    return loop


_mse_rows = _over_rows(_mse)
_l1_rows = _over_rows(_l1)
_huber_rows = _over_rows(_huber)
_percentage_rows = _over_rows(_percentage)
_bce_rows = _over_rows(_bce)
_bce_logits_rows = _over_rows(_bce_logits)
_nll_rows = _over_rows(_nll)


@plain
def loss_and_error(ws, code, out, target, weight, error, k, n, stride, scale, parameter, scratch):
    """Return the weighted sum of the losses of n rows; write dE/d(output), times `scale`."""
    if code == BCE_LOGITS:
        return _bce_logits_rows(ws, out, target, weight, error, k, n, stride, scale, parameter)
    if code == L1:
        return _l1_rows(ws, out, target, weight, error, k, n, stride, scale, parameter)
    if code == HUBER:
        return _huber_rows(ws, out, target, weight, error, k, n, stride, scale, parameter)
    if code == PERCENTAGE:
        return _percentage_rows(ws, out, target, weight, error, k, n, stride, scale, parameter)
    if code == BCE:
        return _bce_rows(ws, out, target, weight, error, k, n, stride, scale, parameter)
    if code == NLL:
        return _nll_rows(ws, out, target, weight, error, k, n, stride, scale, parameter)
    if code == CROSS_ENTROPY:
        return _cross_entropy(ws, out, target, weight, error, k, n, stride, scale, scratch)
    return _mse_rows(ws, out, target, weight, error, k, n, stride, scale, parameter)


@kernel
def _cross_entropy(ws, out, target, weight, error, k, n, stride, scale, scratch):
    log_sum_exp(ws, scratch, scratch + stride, out, k, stride)
    total = number(ws, 0)
    for c in range(k):
        here = c * stride
        for r in range(n):
            value = peek(ws, out + here + r) - peek(ws, scratch + r)
            y, w = peek(ws, target + here + r), peek(ws, weight + r)
            total -= w * y * value
            poke(ws, error + here + r, w * scale * (exp(value) - y))
        for r in range(n, stride):
            poke(ws, error + here + r, number(ws, 0))
    return total


@plain
def count_right(ws, kind, threshold, out, target, k, n, stride):
    """Return how many of n rows are decided rightly, by the rule of `Head.labels`."""
    right = 0
    if kind == ONE_OUTPUT:
        for r in range(n):
            said = peek(ws, out + r) > threshold
            right += said == (peek(ws, target + r) > number(ws, 0.5))
    elif kind == LARGEST:
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
