"""Whether any weight of a network could move: gradients of its outputs on its rows."""

import numpy as np

from learnscope.arrays import Array
from learnscope.models.network import Network, Parameters, rows_at_once


def any_gradient(network: Network, parameters: Parameters, x: Array) -> bool:
    """Whether the outputs for rows (n, d) depend on any weight, biases apart.

    The slopes are those of a random mixture of all outputs of a block of rows: a mixture that
    cancels slopes that are not 0 has probability 0.
    """
    import torch

    from learnscope.models.modules import build_module

    dtype = next(iter(parameters.values())).dtype
    module = build_module(network, parameters, getattr(torch, str(dtype)))
    rng, size = np.random.default_rng(0), rows_at_once(network)
    weights = [w for w in module.parameters() if w.dim() > 1]
    for start in range(0, len(x), size):
        with torch.enable_grad():
            output = module.output(torch.tensor(x[start : start + size], dtype=weights[0].dtype))
            mixture = torch.from_numpy(rng.uniform(1, 2, tuple(output.shape)).astype(dtype))
            slopes = torch.autograd.grad((output * mixture).sum(), weights, materialize_grads=True)
        if any(bool((g != 0).any()) for g in slopes):
            return True
    return False
