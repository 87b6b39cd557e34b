"""Stacks of recurrent layers as PyTorch modules.

This file imports PyTorch: import it where it is used.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from learnscope.models.cells import Cells
from learnscope.models.modules import FUNCTIONS

State = Tensor | tuple[Tensor, Tensor]
"""State of a layer (directions, n, h); of an LSTM with that of its memory."""


class HandCell(torch.nn.Module):
    """The hand-written cell of S4.47, for batches: h_t = f(W_hx x_t + W_hh h_t-1 + b_h)."""

    def __init__(
        self, n_in: int, hidden: int, function: Callable[[Tensor], Tensor], *, bias: bool,
        dtype: torch.dtype,
    ) -> None:  # fmt: skip
        super().__init__()
        self.w_hx = torch.nn.Parameter(torch.empty(hidden, n_in, dtype=dtype))
        self.w_hh = torch.nn.Parameter(torch.empty(hidden, hidden, dtype=dtype))
        self.b_h = torch.nn.Parameter(torch.empty(hidden, dtype=dtype)) if bias else None
        self.function = function

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the states (n, t, h) at all steps of sequences (n, t, d), and the last (1, n, h).

        `state` is where they begin, 0 if left out.
        """
        # What comes in does not depend on the states: all steps in one product.
        driven = torch.nn.functional.linear(x, self.w_hx, self.b_h)
        h = x.new_zeros(len(x), len(self.w_hh)) if state is None else state[0]
        states = []
        for step in driven.unbind(dim=1):
            h = self.function(step + h @ self.w_hh.T)
            states.append(h)
        return torch.stack(states, dim=1), h[None]


class CellStack(torch.nn.ModuleList):
    """Recurrent layers, one behind the other."""

    def run(
        self, x: Tensor, states: Sequence[State] | None = None
    ) -> tuple[list[Tensor], list[State]]:
        """Return what each layer gives (n, t, h) for sequences (n, t, d), and its last state.

        Args:
            x: the sequences.
            states: of each layer, where it begins; left out, 0.
        """
        out, result, last = x, [], []
        for i, layer in enumerate(self):
            out, state = layer(out, None if states is None else states[i])
            result.append(out)
            last.append(state)
        return result, last


def cell_stack(cells: Cells, dtype: torch.dtype) -> CellStack:
    """Return a stack whose weights are not set yet."""
    return CellStack(_layer(cells, cells.width_in(i), dtype) for i in range(cells.layers))


def _layer(cells: Cells, n_in: int, dtype: torch.dtype) -> torch.nn.Module:
    h, bias, both = cells.hidden, cells.bias, cells.both_ways
    if cells.cell == "hand":
        return HandCell(n_in, h, FUNCTIONS[cells.activation], bias=bias, dtype=dtype)
    # On the meta device no weights are drawn, which would move the global generator.
    if cells.cell == "elman":
        made: torch.nn.Module = torch.nn.RNN(
            n_in, h, nonlinearity=cells.activation, bias=bias, batch_first=True,
            bidirectional=both, device="meta", dtype=dtype,
        )  # fmt: skip
    else:
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cells.cell]
        made = kind(
            n_in, h, bias=bias, batch_first=True, bidirectional=both, device="meta", dtype=dtype
        )
    return made.to_empty(device="cpu")


def as_state(hidden: Tensor, like: str) -> State:
    """Return a state (directions, n, h) for a cell; the memory of an LSTM begins at 0."""
    return (hidden, torch.zeros_like(hidden)) if like == "lstm" else hidden
