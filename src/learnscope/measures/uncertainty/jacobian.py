"""Derivatives of the outputs of a dense network by its parameters, by back-propagation in NumPy."""

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models.activations import ACTIVATIONS
from learnscope.models.network import DenseNetwork, Parameters


def flat_parameters(network: DenseNetwork, parameters: Parameters) -> Array:
    """Return all parameters (p,) float64, in the order of `network.shapes()`, each in C order."""
    return np.concatenate(
        [np.asarray(parameters[name], dtype=np.float64).ravel() for name in network.shapes()]
    )


def jacobian(network: DenseNetwork, parameters: Parameters, x: Array) -> tuple[Array, Array]:
    """Return the outputs (n, k) and their derivatives (n, k, p) for feature rows (n, d), float64.

    The derivatives are those of the outputs as the loss sees them, in the order of
    `flat_parameters`.

    Raises:
        InputError: the output activation acts on whole rows.
    """
    weights = {k: np.asarray(v, dtype=np.float64) for k, v in parameters.items()}
    inputs, slopes, out = _forward(network, weights, np.asarray(x, dtype=np.float64))
    n, k = out.shape
    # Derivative of every output by the pre-activations of the layer at hand.
    back = np.broadcast_to(np.eye(k), (n, k, k)) * slopes[-1][:, None, :]
    parts: list[Array] = []
    for i in range(len(network.layers) - 1, -1, -1):
        layer = network.layers[i]
        found = [np.einsum("nkj,ni->nkji", back, inputs[i]).reshape(n, k, -1)]
        if layer.bias:
            found.append(back)
        parts = [*found, *parts]
        if i:
            back = (back @ weights[f"layers.{i}.weight"]) * slopes[i - 1][:, None, :]
    return out, np.concatenate(parts, axis=2)


def _forward(
    network: DenseNetwork, weights: Parameters, x: Array
) -> tuple[list[Array], list[Array], Array]:
    """Return the inputs of each layer, the slopes of its activation, and the outputs."""
    inputs, slopes, out = [], [], x
    for i, layer in enumerate(network.layers):
        inputs.append(out)
        activation = ACTIVATIONS[layer.activation]
        if activation.derivative is None:
            raise InputError(
                f"the Jacobian needs activations of single numbers, and {layer.activation!r} acts "
                "on whole rows. Train on scores: --model.output identity."
            )
        z = out @ weights[f"layers.{i}.weight"].T
        if layer.bias:
            z = z + weights[f"layers.{i}.bias"]
        slopes.append(activation.derivative(z))
        out = activation.value(z)
    return inputs, slopes, out
