"""Dense networks: their shape, their parameters by name, and the forward pass in NumPy.

A dense network is a chain of layers z = x W^T + b, a = f(z). Linear models, polynomials (after
their expansion) and multi-layer perceptrons are all of this kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models.activations import ACTIVATIONS

Parameters = Mapping[str, Array]


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
class Network:
    """A chain of layers; the last one gives the outputs.

    Raises:
        InputError: one output alone, with an activation that acts on whole rows.
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if self.n_outputs == 1 and ACTIVATIONS[self.layers[-1].activation].derivative is None:
            raise InputError(
                f"model.output = {self.layers[-1].activation!r} shares out 1 among the outputs, "
                "and with this loss and problem there is only one, which would never change. Use "
                "'sigmoid' or 'identity'."
            )

    @property
    def n_inputs(self) -> int:
        """Width of the rows that go in."""
        return self.layers[0].n_in

    @property
    def n_outputs(self) -> int:
        """Width of the rows that come out."""
        return self.layers[-1].n_out

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name -> shape of every parameter, in the order of the layers."""
        shapes: dict[str, tuple[int, ...]] = {}
        for i, layer in enumerate(self.layers):
            shapes[f"layers.{i}.weight"] = (layer.n_out, layer.n_in)
            if layer.bias:
                shapes[f"layers.{i}.bias"] = (layer.n_out,)
        return shapes

    def n_parameters(self) -> int:
        """Return the number of trained numbers."""
        return sum(int(np.prod(shape)) for shape in self.shapes().values())

    def trace(self, n: int) -> list[tuple[str, tuple[int, ...], int]]:
        """Return (what, shape of the result, parameters) for `n` rows, step by step."""
        rows: list[tuple[str, tuple[int, ...], int]] = [("input", (n, self.n_inputs), 0)]
        for layer in self.layers:
            count = layer.n_out * (layer.n_in + layer.bias)
            rows.append((f"linear {layer.n_in} -> {layer.n_out}", (n, layer.n_out), count))
            if layer.activation != "identity":
                rows.append((layer.activation, (n, layer.n_out), 0))
        return rows


def forward(network: Network, parameters: Parameters, x: Array) -> Array:
    """Return the outputs (n, k) for feature rows (n, d), in the dtype of the parameters."""
    return forward_all(network, parameters, x)[-1]


def forward_all(network: Network, parameters: Parameters, x: Array) -> list[Array]:
    """Return the activations of every layer, a list of (n, n_out); the last is the output."""
    out = np.asarray(x, dtype=parameters["layers.0.weight"].dtype)
    result = []
    for i, layer in enumerate(network.layers):
        out = out @ parameters[f"layers.{i}.weight"].T
        if layer.bias:
            out = out + parameters[f"layers.{i}.bias"]
        out = ACTIVATIONS[layer.activation].value(out)
        result.append(out)
    return result
