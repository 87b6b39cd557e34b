"""Autoencoders as PyTorch modules.

This file imports PyTorch: import it where it is used.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.blocks import ConvStep
from learnscope.models.conv_module import as_images, blocks_of, conv_layers, maps_of
from learnscope.models.modules import FUNCTIONS, Chance, NetworkModule, as_dtype, dense_layers

NOISE, MASK, CODE = 0, 1, 2
"""Streams of `Chance`: what an update draws for each purpose."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Encoded:
    """What an encoder gives.

    Attributes:
        values: the activations of its layers, the code (n, c) last; of a variational
            autoencoder its mean.
        log_variance: (n, c) logarithm of the variance of the code; None where it is not drawn.
    """

    values: list[Tensor]
    log_variance: Tensor | None

    @property
    def code(self) -> Tensor:
        """The code (n, c)."""
        return self.values[-1]


class Encoder(torch.nn.Module):
    """From rows (n, d) to their code; `image_order`: see `as_images`."""

    image_order = torch.channels_last

    def __init__(self, network: AutoencoderNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        self.network = network
        self.blocks = conv_layers(network.blocks, dtype)
        self.layers = dense_layers(network.encoder, dtype)
        if network.beta is not None:
            self.log_variance = dense_layers(network.encoder[-1:], dtype)[0]

    def maps(self, x: Tensor) -> list[Tensor]:
        """Return the maps (n, c, h, w) of every block for rows (n, d), before pooling."""
        if self.network.image is None:
            return []
        images = as_images(x, self.network.image, self.image_order)
        return list(maps_of(self.network.blocks, self.blocks, images))

    def forward(self, x: Tensor) -> Encoded:
        """Encode rows (n, d)."""
        values: list[Tensor] = []
        if self.network.image is not None:
            images = as_images(x, self.network.image, self.image_order)
            values = blocks_of(self.network.blocks, self.blocks, images)
        out = values[-1].flatten(1) if values else x
        for layer, linear in zip(self.network.encoder, self.layers, strict=True):
            before, out = out, FUNCTIONS[layer.activation](linear(out))
            values.append(out)
        spread = self.log_variance(before) if self.network.beta is not None else None
        return Encoded(values=values, log_variance=spread)


class Decoder(torch.nn.Module):
    """From codes (n, c) back to rows (n, d); `image_order`: see `as_images`."""

    image_order = torch.channels_last

    def __init__(self, network: AutoencoderNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        self.network = network
        self.layers = dense_layers(network.decoder, dtype)
        self.blocks = torch.nn.ModuleList(_undoing(s, dtype) for s in reversed(network.blocks))

    def forward(self, code: Tensor) -> list[Tensor]:
        """Return the activations of all layers, the outputs (n, d) last."""
        out, values = code, []
        for layer, linear in zip(self.network.decoder, self.layers, strict=True):
            out = FUNCTIONS[layer.activation](linear(out))
            values.append(out)
        steps = self.network.blocks
        for i, (step, conv) in enumerate(zip(reversed(steps), self.blocks, strict=True)):
            if i == 0:
                out = as_images(out, (step.n_out, *step.size_out), self.image_order)
            if step.pool is not None:
                out = functional.interpolate(out, size=step.size_between, mode="nearest")
            last = i == len(steps) - 1
            function = FUNCTIONS[self.network.last_activation if last else step.activation]
            # An activation of whole rows acts on all numbers of a row.
            out = function(conv(out).flatten(1)) if last else function(conv(out))
            values.append(out)
        return values


def _undoing(step: ConvStep, dtype: torch.dtype) -> torch.nn.ConvTranspose2d:
    """Return the transposed convolution from what a block's convolution gives to its input."""
    # What the strides of the convolution left over at the lower and the right edge.
    h, w = ((n + 2 * step.padding - step.kernel) % step.stride for n in step.size_in)
    conv: torch.nn.ConvTranspose2d = torch.nn.ConvTranspose2d(
        step.n_out, step.n_in, step.kernel, step.stride, step.padding, (h, w), bias=step.bias,
        device="meta", dtype=dtype,
    ).to_empty(device="cpu")  # fmt: skip
    return conv


class AutoencoderModule(NetworkModule):
    """An encoder and a decoder."""

    def __init__(self, network: AutoencoderNetwork, precision: str) -> None:
        super().__init__()
        dtype = as_dtype(precision)
        self.encoder, self.decoder = Encoder(network, dtype), Decoder(network, dtype)
        self.network = network

    def activations(self, x: Tensor) -> list[Tensor]:
        values = self.encoder(x).values
        return [*values, *self.decoder(values[-1])]

    def output(self, x: Tensor) -> Tensor:
        result: Tensor = self.decoder(self.encoder(x).code)[-1]
        return result

    def learn(self, x: Tensor, y: Tensor, chance: Chance) -> tuple[Tensor, Tensor | None]:
        encoded = self.encoder(self._spoil(x, chance))
        code, more = encoded.code, None
        if encoded.log_variance is not None and self.network.beta is not None:
            more = self.network.beta * divergence(code, encoded.log_variance).sum()
            code = code + (encoded.log_variance / 2).exp() * chance.normal(code, CODE)
        elif self.network.sparse is not None:
            more = self.network.sparse.total(code)
        return self.decoder(code)[-1], more

    def _spoil(self, x: Tensor, chance: Chance) -> Tensor:
        """Return the inputs with noise, some of them set to 0; the targets stay as they are."""
        if self.network.noise:
            x = x + self.network.noise * chance.normal(x, NOISE)
        if self.network.mask:
            x = x * (chance.uniform(x, MASK) >= self.network.mask)
        return x


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_variance)) || N(0, 1)) of each row (n,), summed over (n, c).

    Source: D. Kingma and M. Welling, "Auto-encoding variational Bayes", ICLR 2014, appendix B.
    """
    each = mean.square() + log_variance.exp() - 1 - log_variance
    return each.sum(dim=1) / 2
