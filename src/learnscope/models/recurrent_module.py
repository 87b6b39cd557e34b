"""Recurrent networks as PyTorch modules.

This file imports PyTorch: import it where it is used.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from learnscope.models.cell_modules import State, cell_stack
from learnscope.models.modules import FUNCTIONS, Chance, NetworkModule, as_dtype, dense_layers
from learnscope.models.recurrent_network import RecurrentNetwork


class RecurrentModule(NetworkModule):
    """Recurrent layers, then `torch.nn.Linear` layers."""

    def __init__(self, network: RecurrentNetwork, precision: str) -> None:
        super().__init__()
        dtype = as_dtype(precision)
        self.cells = cell_stack(network.cells, dtype)
        self.layers = dense_layers(network.head, dtype)
        self.network = network

    def carry(self, x: Tensor, states: Sequence[State] | None = None) -> tuple[Tensor, list[State]]:
        """Return outputs (n, k) for rows (n, d) and the last states, to go on from."""
        sequences = x.reshape(len(x), self.network.steps, self.network.cells.n_in)
        outs, last = self.cells.run(sequences, states)
        return self._head(outs[-1])[-1], last

    def activations(self, x: Tensor) -> list[Tensor]:
        sequences = x.reshape(len(x), self.network.steps, self.network.cells.n_in)
        outs, _ = self.cells.run(sequences)
        # Units before steps, as channels come before places.
        return [*(out.transpose(1, 2) for out in outs), *self._head(outs[-1])]

    def output(self, x: Tensor) -> Tensor:
        return self.carry(x)[0]

    def learn(self, x: Tensor, y: Tensor, chance: Chance) -> tuple[Tensor, Tensor | None]:
        output = self.output(x)
        if not self.network.detached:
            return output, None
        # Gradients of exactly 0, where the source has none at all: both leave the weights alone.
        nothing = sum((0 * w.sum() for w in self.parameters()), output.new_zeros(()))
        return output.detach() + nothing, None

    def _head(self, states: Tensor) -> list[Tensor]:
        """Return the activations of the dense layers for states (n, t, h) of the last layer."""
        out, result = states if self.network.each else self._last(states), []
        *hidden, last = zip(self.network.head, self.layers, strict=True)
        for layer, linear in hidden:
            out = FUNCTIONS[layer.activation](linear(out))
            result.append(out.transpose(1, 2) if self.network.each else out)
        # An activation of whole rows acts on all numbers of a row.
        return [*result, FUNCTIONS[last[0].activation](last[1](out).flatten(1))]

    def _last(self, states: Tensor) -> Tensor:
        """Return the state behind the last step: for each direction the step it ends at."""
        if not self.network.cells.both_ways:
            return states[:, -1]
        h = self.network.cells.hidden
        return torch.cat((states[:, -1, :h], states[:, 0, h:]), dim=1)
