"""Activations of the compiled trainer: values in place, and slopes times the error signal.

The slope is taken from the activation's value where it can be (tanh: 1 - a^2), else it is kept
in a buffer of its own during the forward pass.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math
from typing import Any

from learnscope.fused import codes
from learnscope.fused.decorators import inlined, kernel
from learnscope.fused.elementary import cos, erf, exp, log, sin, tanh
from learnscope.fused.units import add, group
from learnscope.fused.vectors import number, peek, poke

_SQRT_HALF = math.sqrt(0.5)
_INVERSE_SQRT_2PI = 1 / math.sqrt(2 * math.pi)


# All activations take the same arguments, of which each uses what it needs: `a` values (n_units,
# stride), in place; `slope` a buffer for slopes; `scratch` two rows; `d` the error signal.


@group(codes.ACTIVATE)
def activate(calls, ws, a, slope, n_units, stride, scratch):
    """Replace pre-activations at `a` by activations."""


@group(codes.SLOPES)
def times_slope(calls, ws, d, a, slope, n_units, stride, scratch):
    """Multiply the error signal at `d` by the slopes of the activations."""


def _value(function: Any) -> Any:
    """Return a loop that replaces numbers by the function of them."""

    def loop(calls, ws, a, slope, n_units, stride, scratch):
        for i in range(n_units * stride):
            poke(ws, a + i, function(ws, peek(ws, a + i)))

    return loop


def _value_and_slope(function: Any) -> Any:
    """Return a loop that also writes the slopes."""

    def loop(calls, ws, a, slope, n_units, stride, scratch):
        for i in range(n_units * stride):
            value, rise = function(ws, peek(ws, a + i))
            poke(ws, a + i, value)
            poke(ws, slope + i, rise)

    return loop


def _times(function: Any) -> Any:
    """Return a loop that multiplies the error signal by the function of the activations."""

    def loop(calls, ws, d, a, slope, n_units, stride, scratch):
        for i in range(n_units * stride):
            poke(ws, d + i, peek(ws, d + i) * function(ws, peek(ws, a + i)))

    return loop


def _times_kept() -> Any:
    """Return a loop that multiplies the error signal by the slopes that were kept."""

    def loop(calls, ws, d, a, slope, n_units, stride, scratch):
        for i in range(n_units * stride):
            poke(ws, d + i, peek(ws, d + i) * peek(ws, slope + i))

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


@inlined
def _write_softmax(ws, a, n_units, stride, scratch, logarithm):
    log_sum_exp(ws, scratch, scratch + stride, a, n_units, stride)
    for c in range(n_units):
        for r in range(stride):
            poke(ws, a + c * stride + r, peek(ws, a + c * stride + r) - peek(ws, scratch + r))
    if not logarithm:
        for i in range(n_units * stride):
            poke(ws, a + i, exp(peek(ws, a + i)))


@inlined
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


def _softmax(calls, ws, a, slope, n_units, stride, scratch):
    _write_softmax(ws, a, n_units, stride, scratch, False)


def _log_softmax(calls, ws, a, slope, n_units, stride, scratch):
    _write_softmax(ws, a, n_units, stride, scratch, True)


def _softmax_slope(calls, ws, d, a, slope, n_units, stride, scratch):
    _softmax_error(ws, d, a, n_units, stride, scratch, False)


def _log_softmax_slope(calls, ws, d, a, slope, n_units, stride, scratch):
    _softmax_error(ws, d, a, n_units, stride, scratch, True)


for _code, _name, _in, _back in (
    (codes.RELU, "relu", _value(_relu), _times(_relu_slope)),
    (codes.LEAKY_RELU, "leaky_relu", _value(_leaky_relu), _times(_leaky_relu_slope)),
    (codes.ELU, "elu", _value(_elu), _times(_elu_slope)),
    (codes.TANH, "tanh", _value(_tanh), _times(_tanh_slope)),
    (codes.SIGMOID, "sigmoid", _value(sigmoid), _times(_sigmoid_slope)),
    (codes.GELU, "gelu", _value_and_slope(_gelu), _times_kept()),
    (codes.SILU, "silu", _value_and_slope(_silu), _times_kept()),
    (codes.SOFTPLUS, "softplus", _value_and_slope(softplus), _times_kept()),
    (codes.SIN, "sin", _value_and_slope(_sin), _times_kept()),
    (codes.SOFTMAX, "softmax", _softmax, _softmax_slope),
    (codes.LOG_SOFTMAX, "log_softmax", _log_softmax, _log_softmax_slope),
):
    add(codes.ACTIVATE + _code, _name, _in)
    add(codes.SLOPES + _code, f"{_name}_slope", _back)
