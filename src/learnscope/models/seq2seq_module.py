"""Recurrent encoder and decoder as PyTorch modules.

This file imports PyTorch: import it where it is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from learnscope.models.cell_modules import State, as_state, cell_stack
from learnscope.models.modules import FUNCTIONS, Chance, NetworkModule, as_dtype, dense_layers
from learnscope.models.seq2seq_network import Seq2SeqNetwork


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Written:
    """What a decoder gives.

    Attributes:
        states: what each layer gives (n, t, h).
        output: (n, k) all numbers, step by step.
    """

    states: list[Tensor]
    output: Tensor


class Seq2SeqModule(NetworkModule):
    """Recurrent layers that read, recurrent layers that write."""

    def __init__(self, network: Seq2SeqNetwork, precision: str) -> None:
        super().__init__()
        dtype = as_dtype(precision)
        self.encoder = cell_stack(network.encoder, dtype)
        if network.code_width is not None:
            into, *back = network.around_code
            self.code = dense_layers([into], dtype)[0]
            self.start = dense_layers(back, dtype)
        self.decoder = cell_stack(network.decoder, dtype)
        self.out = dense_layers([network.out], dtype)[0]
        self.network = network

    def activations(self, x: Tensor) -> list[Tensor]:
        outs, states, code = self._read(x)
        written = self._write(states, self._first(x))
        between = [] if code is None else [code]
        return [*_units_first(outs), *between, *_units_first(written.states), written.output]

    def output(self, x: Tensor) -> Tensor:
        _, states, _ = self._read(x)
        return self._write(states, self._first(x)).output

    def decode(self, codes: Tensor) -> Tensor:
        """Return the outputs (n, k) for codes (n, c)."""
        first = codes.new_zeros(len(codes), self.network.decoder.n_in)
        return self._write(self._begin(codes), first).output

    def learn(self, x: Tensor, y: Tensor, chance: Chance) -> tuple[Tensor, Tensor | None]:
        _, states, _ = self._read(x)
        true = y.reshape(len(y), self.network.steps_out, self.network.decoder.n_in)
        teacher = self.network.teacher
        told = None
        if 0 < teacher < 1:
            told = chance.uniform(true[:, :, :1]) < teacher
        elif teacher:
            told = torch.ones_like(true[:, :, :1], dtype=torch.bool)
        return self._write(states, self._first(x), true, told).output, None

    def _read(self, x: Tensor) -> tuple[list[Tensor], list[State], Tensor | None]:
        """Return what each encoder layer gives, where the decoder begins, and the code."""
        sequences = x.reshape(len(x), self.network.steps, self.network.encoder.n_in)
        outs, states = self.encoder.run(sequences)
        if self.network.code_width is None:
            return outs, states, None
        code = FUNCTIONS[self.network.code_activation](self.code(outs[-1][:, -1]))
        return outs, self._begin(code), code

    def _begin(self, code: Tensor) -> list[State]:
        cell = self.network.decoder.cell
        return [as_state(torch.tanh(layer(code))[None], cell) for layer in self.start]

    def _first(self, x: Tensor) -> Tensor:
        """Return the decoder's first input: the last value read, or 0 where a code says all."""
        n_in = self.network.decoder.n_in
        if self.network.code_width is None:
            return x[:, -n_in:]
        return x.new_zeros(len(x), n_in)

    def _write(
        self, states: Sequence[State], first: Tensor, true: Tensor | None = None,
        told: Tensor | None = None,
    ) -> Written:  # fmt: skip
        """Write step by step from the states, fed the outputs, or what is told (n, t, 1) of it."""
        if told is not None and true is not None and bool(told.all()):
            fed = torch.cat((first[:, None], true[:, :-1]), dim=1)
            outs, _ = self.decoder.run(fed, states)
            return Written(states=outs, output=self._numbers(self.out(outs[-1]).flatten(1)))
        step, now = first, list(states)
        parts: list[list[Tensor]] = []
        numbers = []
        for t in range(self.network.steps_out):
            outs, now = self.decoder.run(step[:, None], now)
            parts.append(outs)
            numbers.append(self.out(outs[-1][:, 0]))
            step = self._fed_back(numbers[-1])
            if told is not None and true is not None:
                step = torch.where(told[:, t], true[:, t], step)
        layers = [torch.cat(layer, dim=1) for layer in zip(*parts, strict=True)]
        return Written(states=layers, output=self._numbers(torch.cat(numbers, dim=1)))

    def _fed_back(self, numbers: Tensor) -> Tensor:
        name = self.network.output_activation
        # What acts on whole rows cannot act before the row is written.
        return numbers if name in {"softmax", "log_softmax"} else FUNCTIONS[name](numbers)

    def _numbers(self, flat: Tensor) -> Tensor:
        return FUNCTIONS[self.network.output_activation](flat)


def _units_first(layers: Sequence[Tensor]) -> list[Tensor]:
    """Return states (n, t, h) as (n, h, t): units before steps, as channels before places."""
    return [layer.transpose(1, 2) for layer in layers]
