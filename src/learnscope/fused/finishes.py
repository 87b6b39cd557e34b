"""What a product does with its sums before it stores them: activations, and slopes of them.

Doing it there spares a pass over memory: for narrow layers, reading and writing the activations
once more costs a fifth of the whole training. Only what takes a few instructions is done there;
tanh and its like have a pass of their own, see `learnscope.fused.activations`.

A slope is a factor from `at`, the activation of the unit whose error signal is being written.
"""

from typing import Any

from llvmlite import ir

from learnscope.fused import codes
from learnscope.fused.vectors import Emitter

KEEP, RELU, LEAKY_RELU = 0, 1, 2
RELU_SLOPE, LEAKY_RELU_SLOPE, ELU_SLOPE, TANH_SLOPE, SIGMOID_SLOPE = 3, 4, 5, 6, 7


def _number(emit: Emitter, value: float) -> Any:
    return ir.Constant(emit.vector, [value] * emit.lanes)


def _is_positive(emit: Emitter, a: Any) -> Any:
    return emit.builder.fcmp_ordered(">", a, _number(emit, 0.0))


def _keep(emit: Emitter, value: Any, at: Any) -> Any:
    return value


def _relu(emit: Emitter, value: Any, at: Any) -> Any:
    # Not "value where it is above 0": NaN must stay NaN.
    below = emit.builder.fcmp_ordered("<", value, _number(emit, 0.0))
    return emit.builder.select(below, _number(emit, 0.0), value)


def _leaky_relu(emit: Emitter, value: Any, at: Any) -> Any:
    below = emit.builder.fcmp_ordered("<", value, _number(emit, 0.0))
    return emit.builder.select(below, emit.builder.fmul(value, _number(emit, 0.01)), value)


def _relu_slope(emit: Emitter, value: Any, at: Any) -> Any:
    return emit.builder.select(_is_positive(emit, emit.load(at)), value, _number(emit, 0.0))


def _leaky_relu_slope(emit: Emitter, value: Any, at: Any) -> Any:
    low = emit.builder.fmul(value, _number(emit, 0.01))
    return emit.builder.select(_is_positive(emit, emit.load(at)), value, low)


def _elu_slope(emit: Emitter, value: Any, at: Any) -> Any:
    a = emit.load(at)
    low = emit.builder.fmul(value, emit.builder.fadd(a, _number(emit, 1.0)))
    return emit.builder.select(_is_positive(emit, a), value, low)


def _tanh_slope(emit: Emitter, value: Any, at: Any) -> Any:
    a = emit.load(at)
    slope = emit.builder.fsub(_number(emit, 1.0), emit.builder.fmul(a, a))
    return emit.builder.fmul(value, slope)


def _sigmoid_slope(emit: Emitter, value: Any, at: Any) -> Any:
    a = emit.load(at)
    slope = emit.builder.fmul(a, emit.builder.fsub(_number(emit, 1.0), a))
    return emit.builder.fmul(value, slope)


FINISHES = {
    KEEP: ("keep", _keep),
    RELU: ("relu", _relu),
    LEAKY_RELU: ("leaky_relu", _leaky_relu),
    RELU_SLOPE: ("relu_slope", _relu_slope),
    LEAKY_RELU_SLOPE: ("leaky_relu_slope", _leaky_relu_slope),
    ELU_SLOPE: ("elu_slope", _elu_slope),
    TANH_SLOPE: ("tanh_slope", _tanh_slope),
    SIGMOID_SLOPE: ("sigmoid_slope", _sigmoid_slope),
}
"""Code -> name and what writes the instructions."""

OF_VALUE = {codes.RELU: RELU, codes.LEAKY_RELU: LEAKY_RELU}
"""Activations that a product can apply, and by which code."""
OF_SLOPE = {
    codes.RELU: RELU_SLOPE,
    codes.LEAKY_RELU: LEAKY_RELU_SLOPE,
    codes.ELU: ELU_SLOPE,
    codes.TANH: TANH_SLOPE,
    codes.SIGMOID: SIGMOID_SLOPE,
}
"""Activations whose slope a product can apply."""
