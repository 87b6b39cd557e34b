"""The shape of an autoencoder that is more than a chain of dense layers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from learnscope.arrays import Array
from learnscope.models.blocks import ConvStep
from learnscope.models.conv_network import plain_step
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
from learnscope.models.sparsity import Sparsity, plain_sparsity

if TYPE_CHECKING:
    from learnscope.models.autoencoder_module import AutoencoderModule


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoencoderNetwork(Network):
    """Encoder and decoder, and what is done in learning alone.

    Parameters are "encoder.blocks.0.weight", "encoder.layers.0.weight" and so on, the last layer
    giving the code (of a variational autoencoder its mean); "encoder.log_variance.weight" where
    it is variational; "decoder.layers.0.weight" and so on; "decoder.blocks.0.weight" (in, out,
    height, width) of transposed convolutions, the first one undoing the encoder's last block.

    Attributes:
        n_features: width of the rows that go in and come out.
        image: (channels, height, width) where there are blocks, else None.
        blocks: the encoder's convolution blocks.
        encoder: its dense layers; the last one gives the code.
        decoder: dense layers from the code to the outputs, or to the flattened maps of the
            encoder's last block.
        last_activation: activation of the outputs.
        noise: sd of the normal noise on the inputs in learning.
        mask: probability with which an input is 0 in learning.
        sparse: penalty on the code.
        beta: weight of the divergence of a variational autoencoder, None for others.
    """

    n_features: int
    image: tuple[int, int, int] | None
    blocks: tuple[ConvStep, ...]
    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    last_activation: str
    noise: float
    mask: float
    sparse: Sparsity | None
    beta: float | None

    def __post_init__(self) -> None:
        check_output(self.last_activation, self.n_features)

    @property
    def n_inputs(self) -> int:
        return self.n_features

    @property
    def n_outputs(self) -> int:
        return self.n_features

    @property
    def units(self) -> tuple[int, ...]:
        there = (block.n_out for block in self.blocks)
        dense = [layer.n_out for layer in (*self.encoder, *self.decoder)]
        # The last step of all gives the outputs.
        back = (block.n_in for block in self.blocks[:0:-1])
        return (*there, *(dense if self.blocks else dense[:-1]), *back)

    @property
    def code(self) -> int | None:
        return len(self.blocks) + len(self.encoder) - 1

    def shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for i, block in enumerate(self.blocks):
            shapes |= block.shapes(f"encoder.blocks.{i}")
        shapes |= layer_shapes(self.encoder, "encoder.layers")
        if self.beta is not None:
            # One more layer beside that of the mean, of the same shape.
            like = layer_shapes(self.encoder[-1:], "")
            shapes |= {f"encoder.log_variance.{k[3:]}": shape for k, shape in like.items()}
        shapes |= layer_shapes(self.decoder, "decoder.layers")
        for i, block in enumerate(reversed(self.blocks)):
            shapes |= _transposed(block, f"decoder.blocks.{i}")
        return shapes

    def fans(self) -> Fans:
        return fans_of(self.shapes())

    def trace(self, n: int) -> Trace:
        shape = (self.n_features,) if self.image is None else self.image
        rows: Trace = [("input", (n, *shape), 0)]
        rows += [(f"{what} (learning only)", (n, *shape), 0) for what in self._spoiled()]
        for block in self.blocks:
            rows += block.trace(n)
        if self.blocks:
            rows.append(("flatten", (n, self.blocks[-1].n_flat), 0))
        rows += [*layer_trace(self.encoder, n), *self._code_trace(n)]
        rows += layer_trace(self.decoder, n)
        for i, block in enumerate(reversed(self.blocks)):
            rows += self._back_trace(block, n, last=i == len(self.blocks) - 1)
        return rows

    def output(self, parameters: Parameters, x: Array) -> Array:
        from learnscope.models.modules import answer

        return answer(self, parameters, x)

    def activations(self, parameters: Parameters, x: Array) -> list[Array]:
        from learnscope.models.modules import answer_all

        return answer_all(self, parameters, x)

    def module(self, precision: Precision) -> AutoencoderModule:
        from learnscope.models.autoencoder_module import AutoencoderModule

        return AutoencoderModule(self, precision)

    def plain(self) -> dict[str, Any]:
        # Lists where there are tuples, as a file gives them back.
        return {
            "kind": "autoencoder",
            "n_features": self.n_features,
            "image": None if self.image is None else list(self.image),
            "blocks": [plain_step(block) for block in self.blocks],
            "encoder": [asdict(layer) for layer in self.encoder],
            "decoder": [asdict(layer) for layer in self.decoder],
            "last_activation": self.last_activation,
            "noise": self.noise,
            "mask": self.mask,
            "sparse": plain_sparsity(self.sparse),
            "beta": self.beta,
        }

    def _spoiled(self) -> list[str]:
        noise = [f"noise of sd {self.noise:g}"] if self.noise else []
        return noise + ([f"mask of {self.mask:g}"] if self.mask else [])

    def _code_trace(self, n: int) -> Trace:
        layer = self.encoder[-1]
        if self.beta is None:
            return []
        count = layer.n_out * (layer.n_in + layer.bias)
        return [
            (f"log variance {layer.n_in} -> {layer.n_out}", (n, layer.n_out), count),
            ("draw of the code (learning only)", (n, layer.n_out), 0),
        ]

    def _back_trace(self, block: ConvStep, n: int, *, last: bool) -> Trace:
        """Return the steps that undo a block."""
        rows: Trace = []
        if block is self.blocks[-1]:
            rows.append(("unflatten", (n, block.n_out, *block.size_out), 0))
        if block.pool is not None:
            rows.append(("repeat pixels", (n, block.n_out, *block.size_between), 0))
        count = block.n_in * (block.n_out * block.kernel**2 + block.bias)
        shape = (n, block.n_in, *block.size_in)
        what = f"transposed conv {block.kernel} x {block.kernel}, {block.n_out} -> {block.n_in}"
        rows.append((what, shape, count))
        name = self.last_activation if last else block.activation
        return rows + ([] if name == "identity" else [(name, shape, 0)])


def _transposed(block: ConvStep, name: str) -> dict[str, tuple[int, ...]]:
    """Return name -> shape of the transposed convolution that undoes a block."""
    weight = {f"{name}.weight": (block.n_out, block.n_in, block.kernel, block.kernel)}
    return {**weight, **({f"{name}.bias": (block.n_in,)} if block.bias else {})}
