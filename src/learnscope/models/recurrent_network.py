"""The shape of a recurrent network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

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
    layer_trace,
)

if TYPE_CHECKING:
    from learnscope.models.recurrent_module import RecurrentModule


@dataclass(frozen=True, kw_only=True, slots=True)
class RecurrentNetwork(Network):
    """Recurrent layers, then dense layers on their last state or on that of every step.

    Parameters are "cells.0.weight_ih_l0" and so on, as PyTorch names those of one layer
    ("cells.0.w_hx" of the hand-written cell), then "layers.0.weight". Activations of recurrent
    layers are (n, h, t).

    Attributes:
        steps: steps of a sequence, whose rows have steps times channels columns in C order.
        cells: the recurrent layers.
        each: whether every step answers, else the last one does.
        head: the dense layers; the last one gives the outputs, of one step where each answers.
        detached: whether learning cuts the outputs off from the weights.
    """

    steps: int
    cells: Cells
    each: bool
    head: tuple[Layer, ...]
    detached: bool = False

    def __post_init__(self) -> None:
        check_output(self.head[-1].activation, self.n_outputs)

    @property
    def n_inputs(self) -> int:
        return self.steps * self.cells.n_in

    @property
    def n_outputs(self) -> int:
        return self.head[-1].n_out * (self.steps if self.each else 1)

    @property
    def units(self) -> tuple[int, ...]:
        dense = (layer.n_out for layer in self.head[:-1])
        return (*(self.cells.n_out for _ in range(self.cells.layers)), *dense)

    @property
    def code(self) -> int | None:
        return None

    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self.cells.shapes("cells") | layer_shapes(self.head, "layers")

    def fans(self) -> Fans:
        return self.cells.fans("cells") | fans_of(layer_shapes(self.head, "layers"))

    def trace(self, n: int) -> Trace:
        rows: Trace = [("input", (n, self.steps, self.cells.n_in), 0)]
        rows += self.cells.trace(n, self.steps)
        if not self.each:
            rows.append(("last state", (n, self.cells.n_out), 0))
            return rows + layer_trace(self.head, n)
        for what, (_, width), count in layer_trace(self.head, n):
            rows.append((f"{what} at each step", (n, self.steps, width), count))
        return [*rows, ("flatten", (n, self.n_outputs), 0)]

    def output(self, parameters: Parameters, x: Array) -> Array:
        from learnscope.models.modules import answer

        return answer(self, parameters, x)

    def activations(self, parameters: Parameters, x: Array) -> list[Array]:
        from learnscope.models.modules import answer_all

        return answer_all(self, parameters, x)

    def module(self, precision: Precision) -> RecurrentModule:
        from learnscope.models.recurrent_module import RecurrentModule

        return RecurrentModule(self, precision)

    def plain(self) -> dict[str, Any]:
        return {
            "kind": "recurrent",
            "steps": self.steps,
            "cells": self.cells.plain(),
            "each": self.each,
            "head": [asdict(layer) for layer in self.head],
            "detached": self.detached,
        }
