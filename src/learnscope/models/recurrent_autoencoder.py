"""Recurrent autoencoders: a window of a series through a short code and back."""

from dataclasses import replace
from typing import Literal, Self

from pydantic import model_validator

from learnscope.features.base import FeatureMap
from learnscope.models.base import HiddenActivation, Model
from learnscope.models.cells import (
    Cell,
    Cells,
    Layers,
    check_cell,
    sequence_shape,
    state_activation,
)
from learnscope.models.seq2seq import Chances, teacher_text
from learnscope.models.seq2seq_network import Seq2SeqNetwork
from learnscope.settings import Count


class RecurrentAutoencoder(Model):
    """An encoder whose last state becomes a code, and a decoder that writes the window from it.

    The targets are the network's own inputs (S4.54). The decoder's first state is tanh of a linear
    map of the code, its first input 0; then it is fed its own outputs, or in learning the values
    before (teacher forcing).

    Source: N. Srivastava et al., "Unsupervised learning of video representations using LSTMs",
    ICML 2015, section 2.2.

    Attributes:
        code: width of the code.
        cell: of both parts, see the model `recurrent`.
        hidden: width of the state.
        layers: recurrent layers of each part.
        activation: of the cells "hand" and "elman".
        code_activation: activation of the code.
        teacher: probability with which the decoder is fed the true value before in learning, drawn
            for each row and step. At 0 all that it knows comes through the code.
    """

    kind: Literal["recurrent_autoencoder"] = "recurrent_autoencoder"
    code: Count = 2
    cell: Cell = "gru"
    hidden: Count = 16
    layers: Layers = 1
    activation: HiddenActivation = "tanh"
    code_activation: HiddenActivation = "identity"
    teacher: Chances = 0.0

    learns = "inputs"

    @model_validator(mode="after")
    def _cell_can_have_it(self) -> Self:
        check_cell(self.cell, self.layers, self.activation)
        return self

    def expansion(self) -> tuple[FeatureMap, ...]:
        return ()

    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> Seq2SeqNetwork:
        steps, channels = sequence_shape(self.kind_name(), shape)
        encoder = Cells(
            cell=self.cell,
            n_in=channels,
            hidden=self.hidden,
            layers=self.layers,
            both_ways=False,
            activation=self.activation,
            bias=self.bias,
        )
        return Seq2SeqNetwork(
            steps=steps,
            steps_out=steps,
            encoder=encoder,
            decoder=replace(encoder, n_in=channels),
            code_width=self.code,
            code_activation=self.code_activation,
            output_activation=self.output,
            teacher=self.teacher,
        )

    def hidden_activations(self) -> tuple[str, ...]:
        own = (state_activation(self.cell, self.activation),) * self.layers
        return (*own, self.code_activation, *own)

    def sentence(self) -> str:
        layers = f"; {self.layers} layers" if self.layers > 1 else ""
        return (
            f"recurrent autoencoder (code {self.code}; {self.cell}; {self.hidden} units{layers}; "
            f"{teacher_text(self.teacher)})"
        )
