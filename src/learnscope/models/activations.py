"""Activation functions with their derivatives, element by element, in NumPy.

Values and parameters are PyTorch's: leaky ReLU has slope 0.01, ELU has alpha 1, GELU is the
exact one with the error function, softplus has beta 1.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.special import log_softmax, sigmoid, softmax


@dataclass(frozen=True, kw_only=True, slots=True)
class Activation:
    """An activation.

    Attributes:
        value: maps pre-activations z (n, h) to activations, same dtype.
        derivative: the slope at z, the right one where it jumps; None for the two that act on
            whole rows.
        low: lower bound of the values, -inf where there is none.
        high: upper bound of the values.
        use: "any", "output" (last layer only) or "view" (never trained).
    """

    value: Callable[[Array], Array]
    derivative: Callable[[Array], Array] | None
    low: float = -np.inf
    high: float = np.inf
    use: str = "any"


def _gelu(z: Array) -> Array:
    from scipy.special import erf

    return np.asarray(0.5 * z * (1 + erf(z / math.sqrt(2))))


def _gelu_slope(z: Array) -> Array:
    from scipy.special import erf

    # Python's own numbers keep float32 what it is; NumPy's float64 would not.
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return np.asarray(0.5 * (1 + erf(z / math.sqrt(2))) + z * density)


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _silu_slope(z: Array) -> Array:
    s = sigmoid(z)
    return np.asarray(s * (1 + z * (1 - s)))


def _softplus(z: Array) -> Array:
    return np.logaddexp(z, np.zeros((), dtype=z.dtype))


ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(value=lambda z: z, derivative=np.ones_like),
    "relu": Activation(
        value=lambda z: np.maximum(z, 0),
        derivative=lambda z: (z > 0).astype(z.dtype),
        low=0.0,
    ),
    "leaky_relu": Activation(
        value=lambda z: np.where(z > 0, z, np.asarray(0.01, z.dtype) * z),
        derivative=lambda z: np.where(z > 0, 1.0, 0.01).astype(z.dtype),
    ),
    "elu": Activation(
        value=_elu, derivative=lambda z: np.where(z > 0, 1, np.exp(np.minimum(z, 0))), low=-1.0
    ),
    "gelu": Activation(value=_gelu, derivative=_gelu_slope, low=-0.17),
    "silu": Activation(value=lambda z: z * sigmoid(z), derivative=_silu_slope, low=-0.28),
    "tanh": Activation(value=np.tanh, derivative=lambda z: 1 - np.tanh(z) ** 2, low=-1.0, high=1.0),
    "sigmoid": Activation(
        value=sigmoid, derivative=lambda z: sigmoid(z) * (1 - sigmoid(z)), low=0.0, high=1.0
    ),
    "softplus": Activation(value=_softplus, derivative=sigmoid, low=0.0),
    "sin": Activation(value=np.sin, derivative=np.cos, low=-1.0, high=1.0),
    "softmax": Activation(value=softmax, derivative=None, low=0.0, high=1.0, use="output"),
    "log_softmax": Activation(value=log_softmax, derivative=None, high=0.0, use="output"),
    "step": Activation(
        value=lambda z: (z > 0).astype(z.dtype),
        derivative=np.zeros_like,
        low=0.0,
        high=1.0,
        use="view",
    ),
}
