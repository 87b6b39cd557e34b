"""Sequence to sequence: one recurrent network reads the window, another writes what follows."""

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

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
from learnscope.models.seq2seq_network import Seq2SeqNetwork
from learnscope.settings import Count, Real

Chances = Annotated[Real, Field(ge=0, le=1)]


class Seq2Seq(Model):
    """Encoder and decoder: the last state of the one is where the other begins (S4.54).

    The decoder writes one target after the other. It begins with the last value of the window and
    is then fed its own outputs (free running); in learning, the targets before (teacher forcing).

    Source: I. Sutskever et al., "Sequence to sequence learning with neural networks", NeurIPS
    2014; teacher forcing by chance: S. Bengio et al., "Scheduled sampling", NeurIPS 2015.

    Attributes:
        cell: of both parts, see the model `recurrent`.
        hidden: width of the state.
        layers: recurrent layers of each part.
        activation: of the cells "hand" and "elman".
        teacher: probability with which the decoder is fed the target in learning, drawn for each
            row and step: 1 always, 0 always its own output.
    """

    kind: Literal["seq2seq"] = "seq2seq"
    cell: Cell = "gru"
    hidden: Count = 16
    layers: Layers = 1
    activation: HiddenActivation = "tanh"
    teacher: Chances = 1.0

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
            steps_out=n_outputs,
            encoder=encoder,
            decoder=replace(encoder, n_in=1),
            code_width=None,
            code_activation="identity",
            output_activation=self.output,
            teacher=self.teacher,
        )

    def hidden_activations(self) -> tuple[str, ...]:
        return (state_activation(self.cell, self.activation),) * (2 * self.layers)

    def sentence(self) -> str:
        layers = f"; {self.layers} layers" if self.layers > 1 else ""
        return (
            f"sequence to sequence ({self.cell}; {self.hidden} units{layers}; "
            f"{teacher_text(self.teacher)})"
        )


def teacher_text(teacher: float) -> str:
    """Say in a few words what the decoder is fed in learning."""
    if teacher in {0.0, 1.0}:
        return "teacher forcing" if teacher else "free running"
    return f"teacher forcing with probability {teacher:g}"
