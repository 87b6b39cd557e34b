"""The network as a PyTorch module, from PyTorch's own parts.

This file imports PyTorch: import it where it is used.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from learnscope.arrays import Array
from learnscope.models.network import Network, Parameters


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


class Dense(torch.nn.Module):
    """A chain of `torch.nn.Linear` layers with an activation after each.

    Its state has the names of `Network.shapes()`: "layers.0.weight", "layers.0.bias" ...
    """

    def __init__(self, network: Network, dtype: torch.dtype) -> None:
        super().__init__()
        # On the meta device no weights are drawn, which would move the global generator.
        self.layers = torch.nn.ModuleList(
            torch.nn.Linear(
                layer.n_in, layer.n_out, bias=layer.bias, device="meta", dtype=dtype
            ).to_empty(device="cpu")
            for layer in network.layers
        )
        self.functions = tuple(FUNCTIONS[layer.activation] for layer in network.layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (n, k) for rows (n, d)."""
        return self.activations(x)[-1]

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


def build_module(
    network: Network, parameters: Parameters, dtype: torch.dtype = torch.float32
) -> Dense:
    """Return the network as a module with these weights, rounded to `dtype`, on the CPU."""
    module = Dense(network, dtype)
    load_parameters(module, parameters)
    return module


def load_parameters(module: Dense, parameters: Parameters) -> None:
    """Copy weights into the module; names and shapes must be its own."""
    own = dict(module.named_parameters())
    assert set(own) == set(parameters), "the weights of another network"
    with torch.no_grad():
        for name, tensor in own.items():
            # A copy first: PyTorch cannot look at arrays that are not writable.
            value = torch.from_numpy(np.array(parameters[name]))
            assert value.shape == tensor.shape, f"{name} of another network"
            tensor.copy_(value)


def read_parameters(module: Dense) -> dict[str, Array]:
    """Return a copy of the module's weights by name, in the order of the layers."""
    return {name: tensor.detach().numpy().copy() for name, tensor in module.named_parameters()}
