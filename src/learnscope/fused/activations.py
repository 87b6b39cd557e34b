"""Activations of the compiled trainer: values in place, and slopes times the error signal.

The slope is taken from the activation's value where it can be (tanh: 1 - a^2), else it is kept
in a buffer of its own during the forward pass.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math
from typing import Any

from learnscope.fused.codes import (
    ELU,
    GELU,
    IDENTITY,
    LEAKY_RELU,
    LOG_SOFTMAX,
    RELU,
    SIGMOID,
    SILU,
    SIN,
    SOFTMAX,
    SOFTPLUS,
    TANH,
)
from learnscope.fused.decorators import inlined, kernel, plain
from learnscope.fused.elementary import cos, erf, exp, log, sin, tanh
from learnscope.fused.vectors import number, peek, poke

_SQRT_HALF = math.sqrt(0.5)
_INVERSE_SQRT_2PI = 1 / math.sqrt(2 * math.pi)


def _value(function: Any) -> Any:
    """Return a compiled loop that replaces n numbers by the function of them."""

    @kernel
    def loop(ws, a, n):
        for i in range(n):
            poke(ws, a + i, function(ws, peek(ws, a + i)))

    return loop


def _value_and_slope(function: Any) -> Any:
    """Return a compiled loop that also writes the slopes."""

    @kernel
    def loop(ws, a, slope, n):
        for i in range(n):
            value, rise = function(ws, peek(ws, a + i))
            poke(ws, a + i, value)
            poke(ws, slope + i, rise)

    return loop


def _times(function: Any) -> Any:
    """Return a compiled loop that multiplies n numbers by the function of n others."""

    @kernel
    def loop(ws, d, a, n):
        for i in range(n):
            poke(ws, d + i, peek(ws, d + i) * function(ws, peek(ws, a + i)))

    return loop


@inlined
def sigmoid(ws, z):
    """Return 1 / (1 + exp(-z)), without overflow."""
    zero, one = number(ws, 0), number(ws, 1)
    e = exp(-abs(z))
    return (one if z > zero else e) / (one + e)


# `0 if z < 0 else z` and not `z if z > 0 else 0`: NaN must stay NaN.
@inlined
def _relu(ws, z):
    return number(ws, 0) if z < number(ws, 0) else z


@inlined
def _leaky_relu(ws, z):
    return number(ws, 0.01) * z if z < number(ws, 0) else z


@inlined
def _elu(ws, z):
    # expm1(z) = tanh(z / 2) (exp(z) + 1), exact near 0 as well.
    zero = number(ws, 0)
    low = z if z < zero else zero
    e = tanh(number(ws, 0.5) * low) * (exp(low) + number(ws, 1))
    return e if z < zero else z


@inlined
def _gelu(ws, z):
    half = number(ws, 0.5)
    share = half * (number(ws, 1) + erf(z * number(ws, _SQRT_HALF)))
    density = exp(-half * z * z) * number(ws, _INVERSE_SQRT_2PI)
    return z * share, share + z * density


@inlined
def _silu(ws, z):
    s = sigmoid(ws, z)
    return z * s, s * (number(ws, 1) + z * (number(ws, 1) - s))


@inlined
def _tanh(ws, z):
    return tanh(z)


@inlined
def softplus(ws, z):
    """Return log(1 + exp(z)), without overflow, and its slope, the sigmoid."""
    zero, one = number(ws, 0), number(ws, 1)
    e = exp(-abs(z))
    value = (zero if z < zero else z) + log(one + e)
    return value, (one if z > zero else e) / (one + e)


@inlined
def _sin(ws, z):
    return sin(z), cos(z)


@inlined
def _relu_slope(ws, a):
    return number(ws, 1) if a > number(ws, 0) else number(ws, 0)


@inlined
def _leaky_relu_slope(ws, a):
    return number(ws, 1) if a > number(ws, 0) else number(ws, 0.01)


@inlined
def _elu_slope(ws, a):
    return number(ws, 1) if a > number(ws, 0) else a + number(ws, 1)


@inlined
def _tanh_slope(ws, a):
    return number(ws, 1) - a * a


@inlined
def _sigmoid_slope(ws, a):
    return a * (number(ws, 1) - a)


@inlined
def _same(ws, a):
    return a


_apply_relu = _value(_relu)
_apply_leaky_relu = _value(_leaky_relu)
_apply_elu = _value(_elu)
_apply_tanh = _value(_tanh)
_apply_sigmoid = _value(sigmoid)
_apply_gelu = _value_and_slope(_gelu)
_apply_silu = _value_and_slope(_silu)
_apply_softplus = _value_and_slope(softplus)
_apply_sin = _value_and_slope(_sin)
_times_relu_slope = _times(_relu_slope)
_times_leaky_relu_slope = _times(_leaky_relu_slope)
_times_elu_slope = _times(_elu_slope)
_times_tanh_slope = _times(_tanh_slope)
_times_sigmoid_slope = _times(_sigmoid_slope)
multiply = _times(_same)


@plain
def activate(ws, code, a, slope, n_units, stride, scratch):
    """Replace pre-activations (n_units, stride) at `a` by activations."""
    n = n_units * stride
    if code == RELU:
        _apply_relu(ws, a, n)
    elif code == TANH:
        _apply_tanh(ws, a, n)
    elif code == SIGMOID:
        _apply_sigmoid(ws, a, n)
    elif code == LEAKY_RELU:
        _apply_leaky_relu(ws, a, n)
    elif code == ELU:
        _apply_elu(ws, a, n)
    elif code == GELU:
        _apply_gelu(ws, a, slope, n)
    elif code == SILU:
        _apply_silu(ws, a, slope, n)
    elif code == SOFTPLUS:
        _apply_softplus(ws, a, slope, n)
    elif code == SIN:
        _apply_sin(ws, a, slope, n)
    elif code == LOG_SOFTMAX or code == SOFTMAX:
        _apply_softmax(ws, a, n_units, stride, scratch, code == LOG_SOFTMAX)


@plain
def times_slope(ws, code, d, a, slope, n_units, stride, scratch):
    """Multiply the error signal (n_units, stride) at `d` by the slopes of the activations."""
    n = n_units * stride
    if code == RELU:
        _times_relu_slope(ws, d, a, n)
    elif code == TANH:
        _times_tanh_slope(ws, d, a, n)
    elif code == SIGMOID:
        _times_sigmoid_slope(ws, d, a, n)
    elif code == LEAKY_RELU:
        _times_leaky_relu_slope(ws, d, a, n)
    elif code == ELU:
        _times_elu_slope(ws, d, a, n)
    elif code == LOG_SOFTMAX or code == SOFTMAX:
        _softmax_error(ws, d, a, n_units, stride, scratch, code == LOG_SOFTMAX)
    elif code != IDENTITY:
        multiply(ws, d, slope, n)


@kernel
def row_maximum(ws, out, a, n_units, stride):
    """Write the largest of each row's numbers: out[r] = max_c a[c, r]."""
    for r in range(stride):
        poke(ws, out + r, peek(ws, a + r))
    for c in range(1, n_units):
        for r in range(stride):
            x, y = peek(ws, out + r), peek(ws, a + c * stride + r)
            poke(ws, out + r, x if x > y else y)


@kernel
def log_sum_exp(ws, out, scratch, a, n_units, stride):
    """Write out[r] = log sum_c exp a[c, r]; `scratch` is a row of its own."""
    row_maximum(ws, out, a, n_units, stride)
    for r in range(stride):
        poke(ws, scratch + r, number(ws, 0))
    for c in range(n_units):
        for r in range(stride):
            e = exp(peek(ws, a + c * stride + r) - peek(ws, out + r))
            poke(ws, scratch + r, peek(ws, scratch + r) + e)
    for r in range(stride):
        poke(ws, out + r, peek(ws, out + r) + log(peek(ws, scratch + r)))


@kernel
def _apply_softmax(ws, a, n_units, stride, scratch, logarithm):
    log_sum_exp(ws, scratch, scratch + stride, a, n_units, stride)
    for c in range(n_units):
        for r in range(stride):
            poke(ws, a + c * stride + r, peek(ws, a + c * stride + r) - peek(ws, scratch + r))
    if not logarithm:
        for i in range(n_units * stride):
            poke(ws, a + i, exp(peek(ws, a + i)))


@kernel
def _softmax_error(ws, d, a, n_units, stride, scratch, logarithm):
    """Turn dE/d(output) into dE/dz: p (d - sum p d), or d - p sum d for the logarithm."""
    for r in range(stride):
        poke(ws, scratch + r, number(ws, 0))
    for c in range(n_units):
        for r in range(stride):
            i = c * stride + r
            share = number(ws, 1) if logarithm else peek(ws, a + i)
            poke(ws, scratch + r, peek(ws, scratch + r) + share * peek(ws, d + i))
    for c in range(n_units):
        for r in range(stride):
            i = c * stride + r
            total, error, out = peek(ws, scratch + r), peek(ws, d + i), peek(ws, a + i)
            poke(ws, d + i, error - exp(out) * total if logarithm else out * (error - total))
