"""Networks: what they are to everybody else, and the dense ones.

A network is the shape of a function of feature rows (n, d): its parameters by name, what it does
step by step, and how it answers. It holds no numbers; they come as `Parameters`. Every family
implements `Network`; dense ones answer in NumPy, all others through their PyTorch module.

A dense network is a chain of layers z = x W^T + b, a = f(z). Linear models, polynomials (after
their expansion) and multi-layer perceptrons are all of this kind.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models.activations import ACTIVATIONS

if TYPE_CHECKING:
    from learnscope.models.modules import NetworkModule

Parameters = Mapping[str, Array]
Trace = list[tuple[str, tuple[int, ...], int]]
"""Step by step: what is done, shape of the result, parameters of the step."""
Fans = dict[str, tuple[int, int]]
"""Name of a parameter -> (fan_in, fan_out) of its layer, see `fans_of`."""
Precision = Literal["float32", "float64"]

BLOCK_NUMBERS, MOST_ROWS = 4_000_000, 8192
"""What goes through a network together: 16 MB of activations in float32, and so many rows."""


class Network(ABC):
    """The shape of a function from feature rows (n, d) to outputs (n, k)."""

    __slots__ = ()

    @property
    @abstractmethod
    def n_inputs(self) -> int:
        """Width of the rows that go in."""

    @property
    @abstractmethod
    def n_outputs(self) -> int:
        """Width of the rows that come out."""

    @property
    @abstractmethod
    def units(self) -> tuple[int, ...]:
        """Units of each hidden layer; a channel of a map is one unit, at all its places."""

    @property
    @abstractmethod
    def code(self) -> int | None:
        """Which of the `activations` is the code of an autoencoder; None for others."""

    @abstractmethod
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name -> shape of every parameter, in the order of the layers."""

    @abstractmethod
    def fans(self) -> Fans:
        """Return what first weights are scaled by, for every name of `shapes`."""

    @abstractmethod
    def trace(self, n: int) -> Trace:
        """Return (what, shape of the result, parameters) for `n` rows, step by step."""

    @abstractmethod
    def output(self, parameters: Parameters, x: Array) -> Array:
        """Return the outputs (n, k) for feature rows (n, d), in the dtype of the parameters."""

    @abstractmethod
    def activations(self, parameters: Parameters, x: Array) -> list[Array]:
        """Return the activations of every layer, the outputs last.

        Each is (n, units), or (n, units, ...) where a unit is a map of several places.
        """

    @abstractmethod
    def module(self, precision: Precision) -> NetworkModule:
        """Return the network as a PyTorch module on the CPU, its weights not set yet."""

    @abstractmethod
    def plain(self) -> dict[str, Any]:
        """Return numbers, text, lists and tables that say all of the shape, for a file."""

    def n_parameters(self) -> int:
        """Return the number of trained numbers."""
        return sum(math.prod(shape) for shape in self.shapes().values())


def fans_of(shapes: Mapping[str, tuple[int, ...]]) -> Fans:
    """Return the fans of layers whose weights are (out, in, ...) and lie at "<layer>.weight".

    fan_in = in times the places of a kernel and fan_out = out times them, as
    `torch.nn.init._calculate_fan_in_and_fan_out` has it, transposed convolutions included; a
    bias has those of its layer's weight.
    """
    result: Fans = {}
    for name in shapes:
        n_out, n_in, *places = shapes[f"{name.rsplit('.', 1)[0]}.weight"]
        result[name] = n_in * math.prod(places), n_out * math.prod(places)
    return result


def rows_at_once(network: Network) -> int:
    """Return how many rows go through a network together, which bounds the memory it takes."""
    numbers = sum(math.prod(shape) for _, shape, _ in network.trace(1))
    return max(1, min(MOST_ROWS, BLOCK_NUMBERS // numbers))


def check_output(activation: str, n_outputs: int) -> None:
    """Refuse one output alone with an activation that acts on whole rows."""
    if n_outputs == 1 and ACTIVATIONS[activation].derivative is None:
        raise InputError(
            f"model.output = {activation!r} shares out 1 among the outputs, "
            "and with this loss and problem there is only one, which would never change. Use "
            "'sigmoid' or 'identity'."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One layer. Its weights are (n_out, n_in), its biases (n_out,), as in PyTorch.

    Attributes:
        n_in: width of what comes in.
        n_out: number of units.
        activation: a name of `ACTIVATIONS`.
        bias: whether the units have biases.
    """

    n_in: int
    n_out: int
    activation: str
    bias: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseNetwork(Network):
    """A chain of layers; the last one gives the outputs.

    Attributes:
        layers: the layers.
        code: the layer whose activations are the code of an autoencoder; None for others.

    Raises:
        InputError: one output alone, with an activation that acts on whole rows.
    """

    layers: tuple[Layer, ...]
    code: int | None = None

    def __post_init__(self) -> None:
        check_output(self.layers[-1].activation, self.n_outputs)

    @property
    def n_inputs(self) -> int:
        return self.layers[0].n_in

    @property
    def n_outputs(self) -> int:
        return self.layers[-1].n_out

    @property
    def units(self) -> tuple[int, ...]:
        return tuple(layer.n_out for layer in self.layers[:-1])

    def shapes(self) -> dict[str, tuple[int, ...]]:
        return layer_shapes(self.layers, "layers")

    def fans(self) -> Fans:
        return fans_of(self.shapes())

    def trace(self, n: int) -> Trace:
        return [("input", (n, self.n_inputs), 0), *layer_trace(self.layers, n)]

    def output(self, parameters: Parameters, x: Array) -> Array:
        return self.activations(parameters, x)[-1]

    def activations(self, parameters: Parameters, x: Array) -> list[Array]:
        out = np.asarray(x, dtype=parameters["layers.0.weight"].dtype)
        result = []
        for i, layer in enumerate(self.layers):
            out = out @ parameters[f"layers.{i}.weight"].T
            if layer.bias:
                out = out + parameters[f"layers.{i}.bias"]
            out = ACTIVATIONS[layer.activation].value(out)
            result.append(out)
        return result

    def module(self, precision: Precision) -> NetworkModule:
        from learnscope.models.modules import Dense

        return Dense(self, precision)

    def plain(self) -> dict[str, Any]:
        code = {} if self.code is None else {"code": self.code}
        return {"layers": [asdict(layer) for layer in self.layers], **code}


def layer_shapes(layers: tuple[Layer, ...], place: str) -> dict[str, tuple[int, ...]]:
    """Return name -> shape of the parameters of dense layers called "<place>.0" and so on."""
    shapes: dict[str, tuple[int, ...]] = {}
    for i, layer in enumerate(layers):
        shapes[f"{place}.{i}.weight"] = (layer.n_out, layer.n_in)
        if layer.bias:
            shapes[f"{place}.{i}.bias"] = (layer.n_out,)
    return shapes


def layer_trace(layers: tuple[Layer, ...], n: int) -> Trace:
    """Return the steps of a chain of dense layers for `n` rows."""
    rows: Trace = []
    for layer in layers:
        count = layer.n_out * (layer.n_in + layer.bias)
        rows.append((f"linear {layer.n_in} -> {layer.n_out}", (n, layer.n_out), count))
        if layer.activation != "identity":
            rows.append((layer.activation, (n, layer.n_out), 0))
    return rows


def forward(network: Network, parameters: Parameters, x: Array) -> Array:
    """Return the outputs (n, k) for feature rows (n, d), in the dtype of the parameters."""
    return network.output(parameters, x)


def forward_all(network: Network, parameters: Parameters, x: Array) -> list[Array]:
    """Return the activations of every layer, see `Network.activations`; the last is the output."""
    return network.activations(parameters, x)


def dense_network(network: Network) -> DenseNetwork:
    """Return a network that the caller knows to be dense, as such."""
    assert isinstance(network, DenseNetwork), "this network is not dense"
    return network
