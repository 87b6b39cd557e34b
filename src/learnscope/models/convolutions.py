"""The convolutions of a network, whatever its family: their kernels and their maps."""

from __future__ import annotations

import numpy as np

from learnscope.arrays import Array
from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.blocks import ConvStep
from learnscope.models.conv_network import ConvNetwork
from learnscope.models.network import Network, Parameters


def conv_blocks(network: Network) -> tuple[ConvStep, ...]:
    """Return the convolution blocks that images go through, () where there are none."""
    return network.blocks if isinstance(network, ConvNetwork | AutoencoderNetwork) else ()


def kernels(network: Network, parameters: Parameters, block: int) -> Array:
    """Return the kernels (out, in, height, width) of a block."""
    place = "encoder." if isinstance(network, AutoencoderNetwork) else ""
    return parameters[f"{place}blocks.{block}.weight"]


def block_maps(network: Network, parameters: Parameters, x: Array) -> list[Array]:
    """Return the maps (n, c, h, w) of every block for few feature rows (n, d), before pooling."""
    import torch

    from learnscope.models.autoencoder_module import AutoencoderModule
    from learnscope.models.conv_module import ConvModule
    from learnscope.models.modules import as_dtype, build_module

    dtype = next(iter(parameters.values())).dtype
    module = build_module(network, parameters, as_dtype(str(dtype)))
    rows = torch.from_numpy(np.array(x, dtype=dtype))
    with torch.no_grad():
        if isinstance(module, ConvModule):
            return [maps.numpy() for maps in module.maps(rows)]
        assert isinstance(module, AutoencoderModule), "this network has no convolutions"
        return [maps.numpy() for maps in module.encoder.maps(rows)]
