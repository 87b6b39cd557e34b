"""Initial weights: one class for each rule, all drawn from the member's own stream.

Rules that concern weights alone leave the biases at zero, as Glorot and He do; the default and
the normal rule draw them too, as PyTorch and the source documents do.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.random import Generator

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models.network import DenseNetwork, Network, forward_all
from learnscope.settings import Flag, NonNegative, Settings, kinds_of


class Init(Settings, ABC):
    """A rule for the initial weights."""

    @abstractmethod
    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        """Return name -> float64 array for every parameter; `x` (n, d) are training features."""


class DefaultInit(Init):
    """PyTorch's default: weights and biases uniform in +-1 / sqrt(fan_in)."""

    kind: Literal["default"] = "default"

    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        fans = network.fans()
        return {
            name: rng.uniform(-1.0, 1.0, shape) / math.sqrt(fans[name][0])
            for name, shape in network.shapes().items()
        }


class NormalInit(Init):
    """Weights and biases normal with mean 0.

    Attributes:
        sd: standard deviation of the weights.
        bias_sd: standard deviation of the biases; left out, the same.
        scaled: divide the weights by sqrt(fan_in), so that the spread of the outputs does not
            grow with the width.
    """

    kind: Literal["normal"] = "normal"
    sd: NonNegative = 1.0
    bias_sd: NonNegative | None = None
    scaled: Flag = False

    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        bias_sd = self.sd if self.bias_sd is None else self.bias_sd
        result, fans = {}, network.fans()
        for name, shape in network.shapes().items():
            sd = bias_sd if len(shape) == 1 else self.sd
            if self.scaled and len(shape) > 1:
                sd /= math.sqrt(fans[name][0])
            result[name] = rng.normal(0.0, sd, shape)
        return result


class ZeroInit(Init):
    """All weights and biases zero."""

    kind: Literal["zero"] = "zero"

    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        return {name: np.zeros(shape) for name, shape in network.shapes().items()}


class KaimingInit(Init):
    """He's rule for ReLU: weights uniform in +-sqrt(6 / fan_in), biases zero.

    Source: K. He et al., "Delving deep into rectifiers", ICCV 2015, section 2.2.
    """

    kind: Literal["kaiming"] = "kaiming"

    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        return _weights(network, lambda shape, into, out: _uniform(rng, shape, 6 / into))


class XavierInit(Init):
    """Glorot's rule: weights uniform in +-sqrt(6 / (fan_in + fan_out)), biases zero.

    Source: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", AISTATS 2010, equation 16.
    """

    kind: Literal["xavier"] = "xavier"

    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        return _weights(network, lambda shape, into, out: _uniform(rng, shape, 6 / (into + out)))


class OrthogonalInit(Init):
    """Weights with orthonormal rows or columns, whichever are fewer; biases zero.

    A row is a unit, with all that comes into it: (out, in times places) of a convolution.

    Source: A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", ICLR 2014.

    Attributes:
        gain: factor on the weights.
    """

    kind: Literal["orthogonal"] = "orthogonal"
    gain: NonNegative = 1.0

    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        return _weights(network, lambda shape, into, out: self.gain * _orthogonal(rng, shape))


class LsuvInit(Init):
    """Orthogonal weights, then each layer divided by the sd of its pre-activations on the data.

    For dense layers alone.

    Source: D. Mishkin and J. Matas, "All you need is a good init", ICLR 2016.
    """

    kind: Literal["lsuv"] = "lsuv"

    def draw(self, network: Network, rng: Generator, x: Array) -> dict[str, Array]:
        if not isinstance(network, DenseNetwork):
            raise InputError(
                "model.init must not be 'lsuv' for this model: it needs dense layers. Use "
                "'orthogonal' or 'kaiming'."
            )
        result = _weights(network, lambda shape, into, out: _orthogonal(rng, shape))
        out = np.asarray(x, dtype=np.float64)
        for i in range(len(network.layers)):
            name = f"layers.{i}.weight"
            sd = (out @ result[name].T).std()
            if sd > 0:
                result[name] = result[name] / sd
            out = forward_all(network, result, x)[i]
        return result


INITS: dict[str, type[Init]] = {
    "default": DefaultInit,
    "normal": NormalInit,
    "zero": ZeroInit,
    "kaiming": KaimingInit,
    "xavier": XavierInit,
    "orthogonal": OrthogonalInit,
    "lsuv": LsuvInit,
}

if TYPE_CHECKING:
    AnyInit = Init
else:
    AnyInit = kinds_of(INITS, default="default")


Draw = Callable[[tuple[int, ...], int, int], Array]
"""From the shape of weights, fan_in and fan_out to the weights."""


def _weights(network: Network, draw: Draw) -> dict[str, Array]:
    fans = network.fans()
    return {
        name: draw(shape, *fans[name]) if len(shape) > 1 else np.zeros(shape)
        for name, shape in network.shapes().items()
    }


def _uniform(rng: Generator, shape: tuple[int, ...], square: float) -> Array:
    """Return numbers uniform in +-sqrt(square)."""
    return np.asarray(rng.uniform(-1, 1, shape) * square**0.5)


def _orthogonal(rng: Generator, shape: tuple[int, ...]) -> Array:
    """Return (n_out, ...) from the QR decomposition of a Gaussian matrix, uniformly drawn."""
    n_out, n_in = shape[0], math.prod(shape[1:])
    tall = rng.normal(size=(max(n_out, n_in), min(n_out, n_in)))
    q, r = np.linalg.qr(tall)
    # The signs make the distribution uniform over all orthogonal matrices.
    q = q * np.sign(np.diag(r))
    return np.asarray(q if n_out >= n_in else q.T).reshape(shape)
