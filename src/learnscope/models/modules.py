"""Networks as PyTorch modules: what every family's module can do, and that of dense networks.

This file imports PyTorch: import it where it is used.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from learnscope.arrays import Array
from learnscope.models.network import DenseNetwork, Layer, Network, Parameters, rows_at_once


def _step(z: Tensor) -> Tensor:
    return torch.heaviside(z, z.new_zeros(()))


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z,
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": functional.softplus,
    "sin": torch.sin,
    "softmax": lambda z: torch.softmax(z, dim=1),
    "log_softmax": lambda z: torch.log_softmax(z, dim=1),
    "step": _step,
}
"""Activation functions by the names of `ACTIVATIONS`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """What is random in one update, a function of the member's keys and the number of the update.

    Attributes:
        key: the member's `model_key`.
        step: updates done before this one, over all epochs.
        factors: what multiplies the activations (b, h) of each hidden layer, 0 or 1 / (1 - p):
            dropout; () for none.
    """

    key: int
    step: int
    factors: Sequence[Tensor] = ()

    def normal(self, like: Tensor, stream: int = 0) -> Tensor:
        """Return standard normal numbers of the shape and type of a tensor.

        Equal arguments give equal numbers, also when asked again; `stream` (below 256) keeps
        apart what one update draws for several purposes.
        """
        drawn = self._generator(stream).standard_normal(tuple(like.shape), _name(like))
        return torch.from_numpy(drawn)

    def uniform(self, like: Tensor, stream: int = 0) -> Tensor:
        """Return numbers in [0, 1) of the shape and type of a tensor, see `normal`."""
        drawn = self._generator(stream).random(tuple(like.shape), _name(like))
        return torch.from_numpy(drawn)

    def _generator(self, stream: int) -> np.random.Generator:
        # Counter-based: no state to keep, so a resumed training draws the same.
        key = np.array([self.key, self.step * 256 + stream], dtype=np.uint64)
        return np.random.Generator(np.random.Philox(key=key))


def _name(like: Tensor) -> type[np.float32] | type[np.float64]:
    return np.float64 if like.dtype == torch.float64 else np.float32


class NetworkModule(torch.nn.Module, ABC):
    """A network as a PyTorch module. Its parameters have the names of `Network.shapes()`."""

    @abstractmethod
    def activations(self, x: Tensor) -> list[Tensor]:
        """Return the activations of every layer for rows (n, d), as `Network.activations` does.

        This is how the network answers: without dropout, noise and draws.
        """

    @abstractmethod
    def output(self, x: Tensor) -> Tensor:
        """Return the outputs (n, k) alone."""

    @abstractmethod
    def learn(self, x: Tensor, y: Tensor, chance: Chance) -> tuple[Tensor, Tensor | None]:
        """Return what an update compares with the targets, and what its objective has more.

        Args:
            x: (b, d) rows.
            y: their targets, for networks that are fed them (teacher forcing).
            chance: the random numbers of the update.

        Returns:
            The outputs (b, k), with dropout, noise and draws. A sum over the rows that is added
            to the total of the loss before that is divided by its count; None for nothing.
        """

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (n, k) for rows (n, d)."""
        return self.output(x)


def dense_layers(layers: Sequence[Layer], dtype: torch.dtype) -> torch.nn.ModuleList:
    """Return `torch.nn.Linear` layers whose weights are not set yet."""
    # On the meta device no weights are drawn, which would move the global generator.
    return torch.nn.ModuleList(
        torch.nn.Linear(
            layer.n_in, layer.n_out, bias=layer.bias, device="meta", dtype=dtype
        ).to_empty(device="cpu")
        for layer in layers
    )


class Dense(NetworkModule):
    """A chain of `torch.nn.Linear` layers with an activation after each."""

    def __init__(self, network: DenseNetwork, precision: str | torch.dtype) -> None:
        super().__init__()
        self.layers = dense_layers(network.layers, as_dtype(precision))
        self.functions = tuple(FUNCTIONS[layer.activation] for layer in network.layers)

    def activations(self, x: Tensor, factors: Sequence[Tensor] = ()) -> list[Tensor]:
        """Return the activations (n, h) of every layer, the outputs last.

        `factors` (n, h), one for each hidden layer, multiply its activations: dropout.
        """
        out, result = x, []
        for i, (layer, function) in enumerate(zip(self.layers, self.functions, strict=True)):
            out = function(layer(out))
            if i < len(factors):
                out = out * factors[i]
            result.append(out)
        return result

    def output(self, x: Tensor) -> Tensor:
        return self.activations(x)[-1]

    def learn(self, x: Tensor, y: Tensor, chance: Chance) -> tuple[Tensor, Tensor | None]:
        return self.activations(x, chance.factors)[-1], None


def as_dtype(precision: str | torch.dtype) -> torch.dtype:
    """Return PyTorch's type for "float32" or "float64"."""
    if isinstance(precision, torch.dtype):
        return precision
    dtype: torch.dtype = getattr(torch, precision)
    return dtype


def build_module(
    network: Network, parameters: Parameters, dtype: torch.dtype = torch.float32
) -> NetworkModule:
    """Return the network as a module with these weights, rounded to `dtype`, on the CPU."""
    module = network.module("float64" if dtype == torch.float64 else "float32")
    load_parameters(module, parameters)
    return module


def load_parameters(module: NetworkModule, parameters: Parameters) -> None:
    """Copy weights into the module; names and shapes must be its own."""
    own = dict(module.named_parameters())
    assert set(own) == set(parameters), "the weights of another network"
    with torch.no_grad():
        for name, tensor in own.items():
            # A copy first: PyTorch cannot look at arrays that are not writable.
            value = torch.from_numpy(np.array(parameters[name]))
            assert value.shape == tensor.shape, f"{name} of another network"
            tensor.copy_(value)


def read_parameters(module: NetworkModule) -> dict[str, Array]:
    """Return a copy of the module's weights by name, in the order of the layers."""
    return {name: tensor.detach().numpy().copy() for name, tensor in module.named_parameters()}


def answer(network: Network, parameters: Parameters, x: Array) -> Array:
    """Return the outputs (n, k) of the module of a network, block by block."""
    with torch.no_grad():
        blocks = _blocks(network, parameters, x)
        return _joined([[module.output(rows)] for module, rows in blocks])[0]


def answer_all(network: Network, parameters: Parameters, x: Array) -> list[Array]:
    """Return the activations of every layer of the module of a network, block by block."""
    with torch.no_grad():
        blocks = _blocks(network, parameters, x)
        return _joined([module.activations(rows) for module, rows in blocks])


def _blocks(
    network: Network, parameters: Parameters, x: Array
) -> Iterator[tuple[NetworkModule, Tensor]]:
    dtype = next(iter(parameters.values())).dtype
    module = build_module(network, parameters, as_dtype(str(dtype)))
    size = rows_at_once(network)
    # One block at least, so that no rows give arrays of the right widths.
    for start in range(0, max(len(x), 1), size):
        yield module, torch.from_numpy(np.array(x[start : start + size], dtype=dtype))


def _joined(blocks: Sequence[Sequence[Tensor]]) -> list[Array]:
    return [torch.cat(layer).detach().numpy() for layer in zip(*blocks, strict=True)]
