"""Convolutional networks as PyTorch modules.

This file imports PyTorch: import it where it is used.
"""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from learnscope.models.blocks import ConvStep
from learnscope.models.conv_network import ConvNetwork
from learnscope.models.modules import FUNCTIONS, Chance, NetworkModule, as_dtype, dense_layers


def conv_layers(steps: Sequence[ConvStep], dtype: torch.dtype) -> torch.nn.ModuleList:
    """Return `torch.nn.Conv2d` layers whose weights are not set yet."""
    # On the meta device no weights are drawn, which would move the global generator.
    return torch.nn.ModuleList(
        torch.nn.Conv2d(
            step.n_in, step.n_out, step.kernel, step.stride, step.padding, bias=step.bias,
            device="meta", dtype=dtype,
        ).to_empty(device="cpu")
        for step in steps
    )  # fmt: skip


def pooled(step: ConvStep, maps: Tensor) -> Tensor:
    """Return the maps (n, c, h, w) behind the pooling of a block."""
    if step.pool is None:
        return maps
    pool = functional.max_pool2d if step.pool == "max" else functional.avg_pool2d
    return pool(maps, step.window)


RISING = {"identity", "relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus", "step"}
"""Activations that never fall: of the largest number in a window they make the largest."""


def as_images(
    x: Tensor, shape: tuple[int, ...], order: torch.memory_format = torch.channels_last
) -> Tensor:
    """Return rows (n, d) as images (n, channels, height, width), channels last in memory.

    In that order PyTorch pools with vectors: three times as fast as in the other. Inside of
    `torch.func.vmap` there is only the other, `torch.contiguous_format`.
    """
    images = x.reshape(-1, *shape)
    return images if order == torch.contiguous_format else images.to(memory_format=order)


def blocks_of(
    steps: Sequence[ConvStep], convs: Iterable[torch.nn.Module], images: Tensor
) -> list[Tensor]:
    """Return the maps (n, c, h, w) that each block gives for images."""
    out, result = images, []
    for step, conv in zip(steps, convs, strict=True):
        out, function = conv(out), FUNCTIONS[step.activation]
        # The same numbers from a quarter of the work.
        first = step.pool == "max" and step.activation in RISING
        out = function(pooled(step, out)) if first else pooled(step, function(out))
        result.append(out)
    return result


def maps_of(
    steps: Sequence[ConvStep], convs: Iterable[torch.nn.Module], images: Tensor
) -> Iterator[Tensor]:
    """Yield the maps (n, c, h, w) of each block for images, before pooling."""
    out = images
    for step, conv in zip(steps, convs, strict=True):
        before = FUNCTIONS[step.activation](conv(out))
        yield before
        out = pooled(step, before)


class ConvModule(NetworkModule):
    """Blocks of `torch.nn.Conv2d`, activation and pooling, then `torch.nn.Linear` layers.

    Attributes:
        image_order: see `as_images`.
    """

    image_order = torch.channels_last

    def __init__(self, network: ConvNetwork, precision: str) -> None:
        super().__init__()
        dtype = as_dtype(precision)
        self.blocks = conv_layers(network.blocks, dtype)
        self.layers = dense_layers(network.layers, dtype)
        self.network = network

    def maps(self, x: Tensor) -> list[Tensor]:
        """Return the maps (n, c, h, w) of every block for rows (n, d), before pooling."""
        images = as_images(x, self.network.shape, self.image_order)
        return list(maps_of(self.network.blocks, self.blocks, images))

    def activations(self, x: Tensor) -> list[Tensor]:
        images = as_images(x, self.network.shape, self.image_order)
        result = blocks_of(self.network.blocks, self.blocks, images)
        # Everything but the rows is flattened: the channels too (T4), whatever their number (T5).
        out = result[-1].flatten(1)
        for layer, linear in zip(self.network.layers, self.layers, strict=True):
            out = FUNCTIONS[layer.activation](linear(out))
            result.append(out)
        return result

    def output(self, x: Tensor) -> Tensor:
        return self.activations(x)[-1]

    def learn(self, x: Tensor, y: Tensor, chance: Chance) -> tuple[Tensor, Tensor | None]:
        return self.activations(x)[-1], None
