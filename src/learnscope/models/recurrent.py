"""Recurrent networks: a state that goes from step to step of a sequence."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from learnscope.errors import InputError
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
from learnscope.models.network import Layer
from learnscope.models.recurrent_network import RecurrentNetwork
from learnscope.settings import Count, Flag, one_as_list


class Recurrent(Model):
    """A recurrent network on windows of a series, or on the rows of grey images (S4.47 to S4.54).

    Rows are sequences (steps, channels); the state begins at 0 with each. Dense layers, the head,
    make the outputs of the states.

    Attributes:
        cell: "hand" h_t = f(W_hh h_t-1 + W_hx x_t + b_h) as the source writes it; "elman" the
            same with PyTorch's two biases; "lstm"; "gru".
        hidden: width of the state, of each direction.
        layers: recurrent layers, one behind the other.
        both_ways: whether each layer reads the sequence from both ends.
        activation: of the cells "hand" and "elman", and of the head's hidden layers.
        answers: "last" makes the outputs of the last state, "each" an equal part of them of the
            state at every step, by the same head.
        head: widths of the head's hidden layers.
        detached: in learning, cut the outputs off from the weights, which then never move: the
            fault of S4.50, to be looked at.
    """

    kind: Literal["recurrent"] = "recurrent"
    cell: Cell = "gru"
    hidden: Count = 16
    layers: Layers = 1
    both_ways: Flag = False
    activation: HiddenActivation = "tanh"
    answers: Literal["last", "each"] = "last"
    head: Annotated[tuple[Count, ...], BeforeValidator(one_as_list)] = ()
    detached: Flag = False

    @model_validator(mode="after")
    def _cell_can_have_it(self) -> Self:
        check_cell(self.cell, self.layers, self.activation, both_ways=self.both_ways)
        if self.both_ways and self.answers == "each":
            raise ValueError(
                "both_ways must be false where every step answers: its state would know the later "
                "steps, which are the targets. Use answers = 'last'."
            )
        return self

    def expansion(self) -> tuple[FeatureMap, ...]:
        return ()

    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> RecurrentNetwork:
        steps, channels = sequence_shape(self.kind_name(), shape)
        cells = Cells(
            cell=self.cell,
            n_in=channels,
            hidden=self.hidden,
            layers=self.layers,
            both_ways=self.both_ways,
            activation=self.activation,
            bias=self.bias,
        )
        parts = steps if self.answers == "each" else 1
        if n_outputs % parts:
            raise InputError(
                f"model.answers = 'each' needs the same number of targets for each of the {steps} "
                f"steps, got {n_outputs} in all. Use problem.predicts = 'each', or answers = "
                "'last'."
            )
        widths = (cells.n_out, *self.head, n_outputs // parts)
        names = (*(self.activation for _ in self.head), self.output)
        return RecurrentNetwork(
            steps=steps,
            cells=cells,
            each=self.answers == "each",
            head=tuple(
                Layer(n_in=a, n_out=b, activation=name, bias=self.bias)
                for a, b, name in zip(widths[:-1], widths[1:], names, strict=True)
            ),
            detached=self.detached,
        )

    def hidden_activations(self) -> tuple[str, ...]:
        own = state_activation(self.cell, self.activation)
        return (own,) * self.layers + (self.activation,) * len(self.head)

    def sentence(self) -> str:
        name = {"hand": "hand-written recurrent cell", "elman": "Elman network"}.get(
            self.cell, self.cell.upper()
        )
        parts = [f"{self.hidden} units"]
        parts += [f"{self.layers} layers"] if self.layers > 1 else []
        parts += ["both directions"] if self.both_ways else []
        parts += [self.activation] if self.cell in {"hand", "elman"} else []
        parts += [f"head {', '.join(map(str, self.head))}"] if self.head else []
        parts += ["answers at each step"] if self.answers == "each" else []
        parts += ["cut off from its loss"] if self.detached else []
        return f"{name} ({'; '.join(parts)})"
