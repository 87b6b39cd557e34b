"""The shape of a recurrent encoder with a recurrent decoder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.models.cells import Cells
from learnscope.models.network import (
    Fans,
    Layer,
    Network,
    Parameters,
    Precision,
    Trace,
    check_output,
    fans_of,
    layer_shapes,
    rows_at_once,
)

if TYPE_CHECKING:
    from learnscope.models.seq2seq_module import Seq2SeqModule


@dataclass(frozen=True, kw_only=True, slots=True)
class Seq2SeqNetwork(Network):
    """An encoder of sequences, a code where there is one, and a decoder that writes a sequence.

    Parameters are "encoder.0.weight_ih_l0" and so on; "code.weight" and "start.0.weight", a layer
    of the decoder each, where there is a code; "decoder.0.weight_ih_l0"; "out.weight".
    Activations of recurrent layers are (n, h, t).

    Attributes:
        steps: steps that are read.
        steps_out: steps that are written, `decoder.n_in` numbers each.
        encoder: recurrent layers that read.
        decoder: those that write, of the same cell and width.
        code_width: width of the code; None hands the states themselves over.
        code_activation: activation of the code.
        output_activation: activation of the outputs.
        teacher: probability of teacher forcing in learning.
    """

    steps: int
    steps_out: int
    encoder: Cells
    decoder: Cells
    code_width: int | None
    code_activation: str
    output_activation: str
    teacher: float

    def __post_init__(self) -> None:
        check_output(self.output_activation, self.n_outputs)

    @property
    def n_inputs(self) -> int:
        return self.steps * self.encoder.n_in

    @property
    def n_outputs(self) -> int:
        return self.steps_out * self.decoder.n_in

    @property
    def units(self) -> tuple[int, ...]:
        code = () if self.code_width is None else (self.code_width,)
        own = (self.encoder.hidden,) * self.encoder.layers
        return (*own, *code, *own)

    @property
    def code(self) -> int | None:
        return None if self.code_width is None else self.encoder.layers

    @property
    def out(self) -> Layer:
        """The layer that makes the numbers of a step from a state; its activation comes after."""
        return Layer(
            n_in=self.decoder.hidden,
            n_out=self.decoder.n_in,
            activation="identity",
            bias=self.decoder.bias,
        )

    @property
    def around_code(self) -> tuple[Layer, ...]:
        """The layer that makes the code, then one for the first state of each decoder layer."""
        if self.code_width is None:
            return ()
        h, bias = self.encoder.hidden, self.encoder.bias
        into = Layer(n_in=h, n_out=self.code_width, activation=self.code_activation, bias=bias)
        back = Layer(n_in=self.code_width, n_out=h, activation="tanh", bias=bias)
        return (into, *(back for _ in range(self.decoder.layers)))

    def shapes(self) -> dict[str, tuple[int, ...]]:
        return (
            self.encoder.shapes("encoder")
            | self._dense_before()
            | self.decoder.shapes("decoder")
            | _named("out", self.out)
        )

    def fans(self) -> Fans:
        return (
            self.encoder.fans("encoder")
            | fans_of(self._dense_before())
            | self.decoder.fans("decoder")
            | fans_of(_named("out", self.out))
        )

    def trace(self, n: int) -> Trace:
        rows: Trace = [("input", (n, self.steps, self.encoder.n_in), 0)]
        rows += self.encoder.trace(n, self.steps)
        rows.append(("last state", (n, self.encoder.n_out), 0))
        for layer in self.around_code:
            count = layer.n_out * (layer.n_in + layer.bias)
            rows.append((f"linear {layer.n_in} -> {layer.n_out}", (n, layer.n_out), count))
            if layer.activation != "identity":
                rows.append((layer.activation, (n, layer.n_out), 0))
        rows += self.decoder.trace(n, self.steps_out)
        count = math.prod((self.out.n_out, self.out.n_in + self.out.bias))
        shape = (n, self.steps_out, self.out.n_out)
        rows.append((f"linear {self.out.n_in} -> {self.out.n_out} at each step", shape, count))
        return [*rows, ("flatten", (n, self.n_outputs), 0)]

    def output(self, parameters: Parameters, x: Array) -> Array:
        from learnscope.models.modules import answer

        return answer(self, parameters, x)

    def activations(self, parameters: Parameters, x: Array) -> list[Array]:
        from learnscope.models.modules import answer_all

        return answer_all(self, parameters, x)

    def decode(self, parameters: Parameters, codes: Array) -> Array:
        """Return the outputs (n, k), as the loss sees them, for codes (n, c)."""
        import torch

        from learnscope.models.modules import as_dtype, load_parameters
        from learnscope.models.seq2seq_module import Seq2SeqModule

        name, size = str(next(iter(parameters.values())).dtype), rows_at_once(self)
        module = Seq2SeqModule(self, name)
        load_parameters(module, parameters)
        rows = torch.from_numpy(np.array(codes)).to(as_dtype(name))
        with torch.no_grad():
            blocks = [module.decode(rows[i : i + size]) for i in range(0, max(len(rows), 1), size)]
            return torch.cat(blocks).numpy()

    def module(self, precision: Precision) -> Seq2SeqModule:
        from learnscope.models.seq2seq_module import Seq2SeqModule

        return Seq2SeqModule(self, precision)

    def plain(self) -> dict[str, Any]:
        return {
            "kind": "seq2seq",
            "steps": self.steps,
            "steps_out": self.steps_out,
            "encoder": self.encoder.plain(),
            "decoder": self.decoder.plain(),
            "code_width": self.code_width,
            "code_activation": self.code_activation,
            "output_activation": self.output_activation,
            "teacher": self.teacher,
        }

    def _dense_before(self) -> dict[str, tuple[int, ...]]:
        """Return the parameters of the layers between the two parts."""
        if self.code_width is None:
            return {}
        into, *back = self.around_code
        return _named("code", into) | layer_shapes(tuple(back), "start")


def _named(name: str, layer: Layer) -> dict[str, tuple[int, ...]]:
    """Return name -> shape of the parameters of one dense layer."""
    shapes: dict[str, tuple[int, ...]] = {f"{name}.weight": (layer.n_out, layer.n_in)}
    if layer.bias:
        shapes[f"{name}.bias"] = (layer.n_out,)
    return shapes
