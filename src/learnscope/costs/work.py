"""What a training consists of, counted: the same counts for every machine.

The time of a training is taken to be a sum of counts times rates. Counts are of whatever the
trainers do in loops of their own; the rates are those of `learnscope.costs.rates`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from learnscope.models.network import DenseNetwork, dense_network
from learnscope.training.member import Member

FUSED = (
    "trainings", "updates", "layers", "narrow", "wide", "broad", "plain", "tanh", "dear",
    "loads", "weights", "masks", "shuffled",
)  # fmt: skip
"""Kinds of work of the compiled trainer.

- trainings: begun and ended.
- updates: of the weights.
- layers: that a chunk of rows goes through, forwards or backwards.
- narrow, wide, broad: multiply-adds of rows with layers, wide where units and inputs are `WIDE`
  or more, broad where there are `BROAD` weights or more, which the near caches do not hold.
- plain, tanh, dear: values and slopes of activations, by what they take: none or a comparison;
  one exponential; more than that.
- loads: numbers of rows that are brought into the workspace.
- weights: that an update moves.
- masks: numbers of dropout masks.
- shuffled: rows put in order.
"""

TORCH = (
    "trainings", "updates", "layers", "rows", "narrow", "wide", "broad", "plain", "dear",
    "weights",
)  # fmt: skip
"""Kinds of work of the PyTorch loop, with the same meaning; an operation's own cost is the rate
of "updates" and "layers", and "rows" are those of the batches, drawn from the whole."""

WIDE, BROAD = 16, 200_000
LANES = 16
"""Rows go through the compiled trainer in whole vectors of so many numbers."""

DOUBLE = 5.0
"""What an exponential in float64 takes beside one in float32, beyond twice as many bytes: vectors
have none of their own there. Between 2 and 8 where it was measured."""

_PLAIN = {"identity", "relu", "leaky_relu", "step"}
_DEAR = {"gelu", "silu", "softplus", "sin"}

Work = dict[str, float]


def fused_work(member: Member) -> Work:
    """Return kind -> count for the compiled trainer, see `FUSED`."""
    training, network = member.experiment.training, dense_network(member.network)
    n, batch, updates = _sizes(member)
    itemsize = 4 if training.precision == "float32" else 8
    stands = batch >= n and (training.batch_size is None or not training.shuffle)
    work = dict.fromkeys(FUSED, 0.0) | {
        "trainings": 1.0,
        "updates": float(updates),
        "weights": float(updates * network.n_parameters()) * itemsize / 4,
        "shuffled": float(training.epochs * n) if training.batch_size and training.shuffle else 0.0,
        "loads": 0.0 if stands else float(training.epochs * n * _numbers(network)),
        "masks": float(training.epochs * n * sum(network.units)) if training.dropout else 0.0,
    }
    trained = training.epochs * _padded(batch) * n / batch * itemsize / 4
    seen, calls = _evaluations(member)
    seen *= itemsize / 4
    work["layers"] = float((3 * updates + calls) * len(network.layers))
    work["loads"] += seen * _numbers(network)
    _add_products(work, network, trained, seen)
    for name, units in _activations(network):
        kind = "plain" if name in _PLAIN else "dear" if name in _DEAR else "tanh"
        double = DOUBLE if itemsize == 8 and kind != "plain" else 1.0
        work[kind] += units * (2 * trained + seen) * double
    return work


def torch_work(member: Member) -> Work:
    """Return kind -> count for the PyTorch loop, see `TORCH`."""
    training, network = member.experiment.training, dense_network(member.network)
    n, _, updates = _sizes(member)
    itemsize = 4 if training.precision == "float32" else 8
    trained = training.epochs * n * itemsize / 4
    seen, calls = _evaluations(member)
    work = dict.fromkeys(TORCH, 0.0) | {
        "trainings": 1.0,
        "updates": float(updates) + calls / 3,
        "layers": float((3 * updates + calls) * len(network.layers)),
        "rows": float(training.epochs * n) if training.batch_size else 0.0,
        "weights": float(updates * network.n_parameters()),
    }
    _add_products(work, network, trained, seen)
    for name, units in _activations(network):
        work["plain" if name in _PLAIN else "dear"] += units * (2 * trained + seen)
    return work


def _sizes(member: Member) -> tuple[int, int, int]:
    """Return training rows, rows of a batch, and updates."""
    training, n = member.experiment.training, len(member.parts["train"].x)
    batch = min(training.batch_size or n, n)
    return n, batch, training.epochs * math.ceil(n / batch)


def _padded(rows: int) -> int:
    return -(-rows // LANES) * LANES


def _numbers(network: DenseNetwork) -> int:
    """Return the numbers of a row with its targets and its weight."""
    return network.n_inputs + network.n_outputs + 1


def _evaluations(member: Member) -> tuple[float, int]:
    """Return rows and passes of all evaluations."""
    times = len(member.experiment.training.evaluated())
    rows = sum(len(part.x) for part in member.parts.values())
    return float(times * rows), times * len(member.parts)


def _add_products(work: Work, network: DenseNetwork, trained: float, seen: float) -> None:
    for i, layer in enumerate(network.layers):
        # Forwards, the gradient of the weights, and that of the inputs but for the first layer.
        rows = (3 if i else 2) * trained + seen
        kind = "wide" if min(layer.n_in, layer.n_out) >= WIDE else "narrow"
        kind = "broad" if layer.n_in * layer.n_out >= BROAD else kind
        work[kind] += layer.n_in * layer.n_out * rows


def _activations(network: DenseNetwork) -> list[tuple[str, int]]:
    """Return name and units of each layer's activation; the loss counts as the last one's."""
    return [(layer.activation, layer.n_out) for layer in network.layers]


def cost_of(work: Mapping[str, float], rates: Mapping[str, float]) -> float:
    """Return the seconds of some work."""
    return sum(count * rates[kind] for kind, count in work.items())
