"""Thresholds of the hidden units of one input: where each switches, which way, and how much.

A sigmoid unit with weight w and bias b switches at delta = -b / w. The output is then about the
offset plus the output weights of the units that are on: those with w > 0 to the right of their
threshold, the others to the left.
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.models.activations import ACTIVATIONS
from learnscope.models.network import DenseNetwork, Layer, dense_network
from learnscope.trained import Trained


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Thresholds:
    """Of `h` units of the hidden layer, ordered by where they switch.

    Attributes:
        unit: (h,) number of the unit.
        delta: (h,) where it switches, in units of the feature that the layer sees.
        sign: (h,) 1 where it is on to the right of the threshold, -1 to the left.
        weight: (h, k) output weights.
        offset: (k,) bias of the output.
    """

    unit: Array
    delta: Array
    sign: Array
    weight: Array
    offset: Array


def thresholds(trained: Trained) -> Thresholds:
    """Return the thresholds of the hidden layer of a network 1-h-k.

    Units with the weight 0 never switch; theirs is NaN, and they come last.

    Raises:
        InputError: the network has not one input and one hidden layer.
    """
    _layers(trained)
    p = trained.result.parameters
    w = p["layers.0.weight"][:, 0].astype(np.float64)
    b = p["layers.0.bias"].astype(np.float64) if "layers.0.bias" in p else np.zeros(len(w))
    out = p["layers.1.weight"].astype(np.float64)
    delta = np.divide(-b, w, out=np.full(len(w), np.nan), where=w != 0)
    order = np.argsort(delta)
    return Thresholds(
        unit=order,
        delta=delta[order],
        sign=np.sign(w)[order],
        weight=out.T[order],
        offset=p["layers.1.bias"].astype(np.float64)
        if "layers.1.bias" in p
        else np.zeros(len(out)),
    )


def step_outputs(trained: Trained, x: Array) -> Array:
    """Return the outputs (m, k) with each hidden unit replaced by a step, S4.19.

    A unit is 1 where w x + b > 0, which for a sigmoid is where its value is above one half. Taking
    a / a, as the source does, gives 0 / 0 where a sigmoid underflows (T30); this does not.
    """
    p, layers = trained.result.parameters, _layers(trained)
    features = trained.member.chain.apply(np.asarray(x))
    z = features @ p["layers.0.weight"].T.astype(np.float64) + p.get("layers.0.bias", 0.0)
    output = (z > 0).astype(np.float64) @ p["layers.1.weight"].T + p.get("layers.1.bias", 0.0)
    return trained.member.head.decode(ACTIVATIONS[layers[1].activation].value(output))


def obstacle_of(trained: Trained) -> str:
    """Say why a member has no thresholds, "" where it has."""
    network = trained.member.network
    layers = network.layers if isinstance(network, DenseNetwork) else ()
    if len(layers) == 2 and layers[0].n_in == 1:
        return ""
    return (
        "thresholds need a dense network with one input and one hidden layer, got "
        f"{trained.member.experiment.model.sentence()} on {network.n_inputs} inputs."
    )


def _layers(trained: Trained) -> tuple[Layer, ...]:
    if text := obstacle_of(trained):
        raise InputError(text)
    return dense_network(trained.member.network).layers
