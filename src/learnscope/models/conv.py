"""Convolutional networks: blocks of convolution, activation and pooling, then dense layers."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from learnscope.features.base import FeatureMap
from learnscope.models.base import HiddenActivation, Model
from learnscope.models.blocks import Blocks, ConvBlock, conv_steps, image_shape
from learnscope.models.conv_network import ConvNetwork
from learnscope.models.network import Layer
from learnscope.settings import Count, one_as_list


class Conv(Model):
    """A convolutional network on images (S4.32 to S4.35).

    The maps of the last block are flattened, everything but the rows, and go through dense
    layers. The sizes of all steps are worked out before anything is trained (`learnscope show`).

    Attributes:
        blocks: convolution blocks, one after the other; a number alone is a block of so many
            channels.
        hidden: widths of the hidden dense layers behind them.
        activation: activation of the blocks that name none, and of the hidden dense layers.
    """

    kind: Literal["conv"] = "conv"
    blocks: Annotated[Blocks, Field(min_length=1)] = (
        ConvBlock(channels=16, padding="same"),
        ConvBlock(channels=32, padding="same"),
    )
    hidden: Annotated[tuple[Count, ...], BeforeValidator(one_as_list)] = ()
    activation: HiddenActivation = "relu"

    def expansion(self) -> tuple[FeatureMap, ...]:
        return ()

    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> ConvNetwork:
        image = image_shape(self.kind_name(), n_inputs, shape)
        steps = conv_steps(self.blocks, image, self.activation, self.bias)
        widths = (steps[-1].n_flat, *self.hidden, n_outputs)
        names = (*(self.activation for _ in self.hidden), self.output)
        return ConvNetwork(
            shape=image,
            blocks=steps,
            layers=tuple(
                Layer(n_in=a, n_out=b, activation=name, bias=self.bias)
                for a, b, name in zip(widths[:-1], widths[1:], names, strict=True)
            ),
        )

    def hidden_activations(self) -> tuple[str, ...]:
        of_blocks = (block.activation or self.activation for block in self.blocks)
        return (*of_blocks, *(self.activation for _ in self.hidden))

    def sentence(self) -> str:
        channels = ", ".join(str(block.channels) for block in self.blocks)
        dense = f"; hidden {', '.join(map(str, self.hidden))}" if self.hidden else ""
        names = ", ".join(dict.fromkeys(self.hidden_activations()))
        return f"convolutional network (blocks {channels}{dense}; {names})"
