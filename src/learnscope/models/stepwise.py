"""PyTorch's recurrent layers, written step by step in operations that `torch.func.vmap` knows.

This file imports PyTorch: import it where it is used.
"""

import torch
from torch import Tensor
from torch.nn import functional

from learnscope.models.cell_modules import CellStack, State


class StepwiseLayer(torch.nn.Module):
    """One layer of `torch.nn.RNN`, `LSTM` or `GRU`, with its parameters and their names.

    Source: the formulas in PyTorch's documentation of the three.
    """

    def __init__(self, layer: torch.nn.RNNBase) -> None:
        super().__init__()
        self.mode, self.width, self.bias = layer.mode, layer.hidden_size, layer.bias
        self.ends = ("", "_reverse") if layer.bidirectional else ("",)
        for name, weight in layer.named_parameters():
            self.register_parameter(name, weight)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return the states (n, t, directions h) at all steps of sequences (n, t, d), and the last.

        `state` (directions, n, h), of an LSTM with its memory, is where they begin; 0 if left out.
        """
        outs, lasts = [], []
        for i, end in enumerate(self.ends):
            if state is None:
                h = memory = x.new_zeros(x.shape[0], self.width)
            elif isinstance(state, tuple):
                h, memory = state[0][i], state[1][i]
            else:
                h = memory = state[i]
            out, last = self._direction(x, end, h, memory)
            outs.append(out)
            lasts.append(last)
        h, memory = (torch.stack(part) for part in zip(*lasts, strict=True))
        return torch.cat(outs, dim=2), (h, memory) if self.mode == "LSTM" else h

    def _direction(
        self, x: Tensor, end: str, h: Tensor, memory: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        # What comes in does not depend on the states: all steps in one product.
        driven = functional.linear(x, *self._weights("ih", end)).unbind(1)
        own, states = self._weights("hh", end), []
        for step in reversed(driven) if end else driven:
            h, memory = self._step(step, functional.linear(h, *own), h, memory)
            states.append(h)
        return torch.stack(states[::-1] if end else states, dim=1), (h, memory)

    def _weights(self, which: str, end: str) -> tuple[Tensor, Tensor | None]:
        weight: Tensor = getattr(self, f"weight_{which}_l0{end}")
        bias: Tensor | None = getattr(self, f"bias_{which}_l0{end}") if self.bias else None
        return weight, bias

    def _step(self, x: Tensor, own: Tensor, h: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return state and memory after a step; `x` is what comes in, `own` what the state adds."""
        if self.mode == "RNN_RELU":
            return torch.relu(x + own), memory
        if self.mode == "RNN_TANH":
            return torch.tanh(x + own), memory
        if self.mode == "LSTM":
            i, f, g, o = (x + own).chunk(4, dim=1)
            memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
            return o.sigmoid() * memory.tanh(), memory
        gates = 2 * self.width
        r, z = (x[:, :gates] + own[:, :gates]).sigmoid().chunk(2, dim=1)
        new = torch.tanh(x[:, gates:] + r * own[:, gates:])
        return new + z * (h - new), memory


def make_stepwise(module: torch.nn.Module) -> None:
    """Put stepwise layers in the place of PyTorch's in all stacks of recurrent layers."""
    for cells in [part for part in module.modules() if isinstance(part, CellStack)]:
        for i, layer in enumerate(cells):
            if isinstance(layer, torch.nn.RNNBase):
                cells[i] = StepwiseLayer(layer)
