"""The two halves of an autoencoder: from feature rows to codes, and from codes to outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models.activations import ACTIVATIONS
from learnscope.models.autoencoder_network import AutoencoderNetwork
from learnscope.models.network import DenseNetwork, Network, Parameters, rows_at_once
from learnscope.models.seq2seq_network import Seq2SeqNetwork

if TYPE_CHECKING:
    from learnscope.models.autoencoder_module import AutoencoderModule


def encode(network: Network, parameters: Parameters, x: Array) -> Array:
    """Return the codes (n, c) of feature rows (n, d), block by block; means where they vary."""
    at = _code(network)
    if isinstance(network, AutoencoderNetwork):
        return encode_normal(network, parameters, x)[0]
    size = rows_at_once(network)
    blocks = range(0, max(len(x), 1), size)
    parts = [network.activations(parameters, x[i : i + size])[at] for i in blocks]
    return np.concatenate(parts)


def encode_normal(
    network: AutoencoderNetwork, parameters: Parameters, x: Array
) -> tuple[Array, Array | None]:
    """Return mean and logarithm of the variance (n, c) of the codes of feature rows (n, d).

    The latter is None where the autoencoder is not variational.
    """
    import torch

    module = _module(network, parameters)
    dtype, size = next(iter(parameters.values())).dtype, rows_at_once(network)
    means, spreads = [], []
    with torch.no_grad():
        for i in range(0, max(len(x), 1), size):
            found = module.encoder(torch.from_numpy(np.array(x[i : i + size], dtype=dtype)))
            means.append(found.code.numpy())
            spreads += [] if found.log_variance is None else [found.log_variance.numpy()]
    return np.concatenate(means), np.concatenate(spreads) if spreads else None


def decode(network: Network, parameters: Parameters, codes: Array) -> Array:
    """Return the outputs (n, k), as the loss sees them, that a decoder makes of codes (n, c)."""
    at = _code(network)
    dtype = next(iter(parameters.values())).dtype
    out = np.array(codes, dtype=dtype)
    if isinstance(network, DenseNetwork):
        for i, layer in list(enumerate(network.layers))[at + 1 :]:
            out = out @ parameters[f"layers.{i}.weight"].T
            if layer.bias:
                out = out + parameters[f"layers.{i}.bias"]
            out = ACTIVATIONS[layer.activation].value(out)
        return out
    if isinstance(network, Seq2SeqNetwork):
        return network.decode(parameters, out)
    assert isinstance(network, AutoencoderNetwork)
    import torch

    module, size = _module(network, parameters), rows_at_once(network)
    with torch.no_grad():
        parts = [
            module.decoder(torch.from_numpy(out[i : i + size]))[-1].numpy()
            for i in range(0, max(len(out), 1), size)
        ]
    return np.concatenate(parts)


def divergence(mean: Array, log_variance: Array) -> Array:
    """Return KL(N(mean, exp(log_variance)) || N(0, 1)) of each row (n,) in nats, float64."""
    m, v = (np.asarray(a, dtype=np.float64) for a in (mean, log_variance))
    return np.asarray((m**2 + np.exp(v) - 1 - v).sum(axis=1) / 2)


def _code(network: Network) -> int:
    if network.code is None:
        raise InputError("codes are those of an autoencoder, and this model is none.")
    return network.code


def _module(network: AutoencoderNetwork, parameters: Parameters) -> AutoencoderModule:
    from learnscope.models.autoencoder_module import AutoencoderModule
    from learnscope.models.modules import as_dtype, build_module

    dtype = as_dtype(str(next(iter(parameters.values())).dtype))
    module = build_module(network, parameters, dtype)
    assert isinstance(module, AutoencoderModule)
    return module
