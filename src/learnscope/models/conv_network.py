"""The shape of a convolutional network."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from learnscope.arrays import Array
from learnscope.models.blocks import ConvStep
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
    from learnscope.models.conv_module import ConvModule


@dataclass(frozen=True, kw_only=True, slots=True)
class ConvNetwork(Network):
    """Blocks, then dense layers on their flattened maps.

    Parameters are "blocks.0.weight" (out, in, height, width), "blocks.0.bias" and so on, then
    "layers.0.weight".

    Attributes:
        shape: (channels, height, width) of the images, whose rows have that many columns in C
            order.
        blocks: the convolution blocks.
        layers: the dense layers; the last one gives the outputs.
    """

    shape: tuple[int, int, int]
    blocks: tuple[ConvStep, ...]
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        check_output(self.layers[-1].activation, self.n_outputs)

    @property
    def n_inputs(self) -> int:
        return math.prod(self.shape)

    @property
    def n_outputs(self) -> int:
        return self.layers[-1].n_out

    @property
    def units(self) -> tuple[int, ...]:
        channels = (block.n_out for block in self.blocks)
        return (*channels, *(layer.n_out for layer in self.layers[:-1]))

    @property
    def code(self) -> int | None:
        return None

    def shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for i, block in enumerate(self.blocks):
            shapes |= block.shapes(f"blocks.{i}")
        return shapes | layer_shapes(self.layers, "layers")

    def fans(self) -> Fans:
        return fans_of(self.shapes())

    def trace(self, n: int) -> Trace:
        rows: Trace = [("input", (n, *self.shape), 0)]
        for block in self.blocks:
            rows += block.trace(n)
        rows.append(("flatten", (n, self.layers[0].n_in), 0))
        return rows + layer_trace(self.layers, n)

    def output(self, parameters: Parameters, x: Array) -> Array:
        from learnscope.models.modules import answer

        return answer(self, parameters, x)

    def activations(self, parameters: Parameters, x: Array) -> list[Array]:
        from learnscope.models.modules import answer_all

        return answer_all(self, parameters, x)

    def module(self, precision: Precision) -> ConvModule:
        from learnscope.models.conv_module import ConvModule

        return ConvModule(self, precision)

    def plain(self) -> dict[str, Any]:
        # Lists where there are tuples, as a file gives them back.
        return {
            "kind": "conv",
            "shape": list(self.shape),
            "blocks": [plain_step(block) for block in self.blocks],
            "layers": [asdict(layer) for layer in self.layers],
        }


def plain_step(step: ConvStep) -> dict[str, Any]:
    """Return a block as numbers, text and lists."""
    return {**asdict(step), "size_in": list(step.size_in)}
