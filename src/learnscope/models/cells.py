"""Stacks of recurrent layers: their parameters by name, without PyTorch.

A layer is one cell, applied step by step. "hand" is the cell of S4.47,
h_t = f(W_hh h_t-1 + W_hx x_t + b_h); the others are PyTorch's `RNN`, `LSTM` and `GRU`, of one
layer each, so that the states of every layer can be looked at.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from learnscope.errors import InputError
from learnscope.models.network import Fans, Trace
from learnscope.settings import Count

Cell = Literal["hand", "elman", "lstm", "gru"]

Layers = Annotated[Count, Field(le=100)]
"""Recurrent layers, one behind the other. The deepest that are used have about ten."""

GATES = {"hand": 1, "elman": 1, "lstm": 4, "gru": 3}
"""How many times its width a cell computes in each step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """A stack of recurrent layers.

    Attributes:
        cell: what they are.
        n_in: numbers that come in at each step.
        hidden: width of the state, of each direction.
        layers: how many there are, one behind the other.
        both_ways: whether each reads the steps from both ends.
        activation: of "hand" and "elman"; the others have their own.
        bias: whether units have biases.
    """

    cell: Cell
    n_in: int
    hidden: int
    layers: int
    both_ways: bool
    activation: str
    bias: bool

    @property
    def n_out(self) -> int:
        """Numbers that come out at each step."""
        return self.hidden * (2 if self.both_ways else 1)

    def width_in(self, layer: int) -> int:
        """Return the numbers that come into a layer at each step."""
        return self.n_out if layer else self.n_in

    def shapes(self, place: str) -> dict[str, tuple[int, ...]]:
        """Return name -> shape of the parameters of layers called "<place>.0" and so on."""
        shapes: dict[str, tuple[int, ...]] = {}
        for i in range(self.layers):
            shapes |= self._layer_shapes(f"{place}.{i}", self.width_in(i))
        return shapes

    def fans(self, place: str) -> Fans:
        """Return the fans of the parameters.

        Those of PyTorch's layers have the width of the state as fan_in, for that is what PyTorch
        scales their first weights by; the hand-written cell's are the widths of its matrices, as
        the rule of He, which the source draws them by, has it.
        """
        if self.cell != "hand":
            return {name: (self.hidden, self.hidden) for name in self.shapes(place)}
        return {
            name: (shape[1] if len(shape) > 1 else self.hidden, self.hidden)
            for name, shape in self.shapes(place).items()
        }

    def trace(self, n: int, steps: int) -> Trace:
        """Return (what, shape, parameters) of every layer for `n` rows of so many steps."""
        name = f"{'two-way ' if self.both_ways else ''}{self.cell}"
        return [
            (
                f"{name} {self.width_in(i)} -> {self.n_out}",
                (n, steps, self.n_out),
                self._count(self.width_in(i)),
            )
            for i in range(self.layers)
        ]

    def plain(self) -> dict[str, Any]:
        """Return the stack as numbers and text."""
        return asdict(self)

    def _count(self, n_in: int) -> int:
        return sum(
            int(shape[0]) * (int(shape[1]) if len(shape) > 1 else 1)
            for shape in self._layer_shapes("", n_in).values()
        )

    def _layer_shapes(self, name: str, n_in: int) -> dict[str, tuple[int, ...]]:
        h = self.hidden
        if self.cell == "hand":
            bias: dict[str, tuple[int, ...]] = {f"{name}.b_h": (h,)} if self.bias else {}
            return {f"{name}.w_hx": (h, n_in), f"{name}.w_hh": (h, h), **bias}
        rows, shapes = GATES[self.cell] * h, dict[str, tuple[int, ...]]()
        for end in ("", "_reverse") if self.both_ways else ("",):
            shapes[f"{name}.weight_ih_l0{end}"] = (rows, n_in)
            shapes[f"{name}.weight_hh_l0{end}"] = (rows, h)
            if self.bias:
                shapes[f"{name}.bias_ih_l0{end}"] = (rows,)
                shapes[f"{name}.bias_hh_l0{end}"] = (rows,)
        return shapes


def check_cell(cell: Cell, layers: int, activation: str, *, both_ways: bool = False) -> None:
    """Refuse what a cell cannot have, for use in validators; the text begins with the field."""
    if cell == "hand" and (layers > 1 or both_ways):
        field, got = ("both_ways", "true") if both_ways else ("layers", layers)
        raise ValueError(
            f"{field} must be left out for the cell 'hand', which is one layer in one direction, "
            f"got {got}. Use 'elman', the same cell."
        )
    if cell == "elman" and activation not in {"tanh", "relu"}:
        raise ValueError(
            f"activation must be 'tanh' or 'relu' for the cell 'elman', got {activation!r}. Use "
            "the cell 'hand', which takes any."
        )
    if cell in {"lstm", "gru"} and activation != "tanh":
        raise ValueError(
            f"activation must be 'tanh' for the cell {cell!r}, which has its own, got "
            f"{activation!r}. Use the cell 'elman' or 'hand'."
        )


def state_activation(cell: Cell, activation: str) -> str:
    """Return the activation of a cell's state."""
    return "tanh" if cell in {"lstm", "gru"} else activation


def sequence_shape(kind: str | None, shape: tuple[int, ...] | None) -> tuple[int, int]:
    """Return (steps, channels) of rows that are sequences; the rows of a grey image are one.

    Raises:
        InputError: they are none.
    """
    if shape is not None and len(shape) == 2:
        return shape[0], shape[1]
    if shape is not None and len(shape) == 3 and shape[0] == 1:
        return shape[1], shape[2]
    got = "plain rows" if shape is None else f"the shape {shape}"
    raise InputError(
        f"model.kind = {kind!r} needs sequences (steps, channels) or grey images, got {got}. Use "
        "the problem 'series' and features that keep its columns, as 'standardise' does, or "
        "model.kind = 'mlp'."
    )
