"""Health of a trained member: diverged, dead, constant outputs, dead hidden units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.models.activations import ACTIVATIONS
from learnscope.models.network import (
    DenseNetwork,
    dense_network,
    forward,
    forward_all,
    rows_at_once,
)
from learnscope.trained import Trained

MOST_NAMED = 12
"""Root seeds that a sentence names; of more it gives the number."""

_FEW = 16
"""Training rows looked at first: a member that answers differently on them is not dead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What is broken in a member, on its training rows.

    Attributes:
        seed: root seed of the member.
        diverged: whether training ended in values that are not finite.
        dead: whether the network answers the same for every row and no gradient reaches any
            weight, so that training cannot mend it.
        reason: why it diverged or is dead, one sentence; "" for neither.
        constant_outputs: names of the outputs that have one value on every row.
        dead_units: for each hidden layer, how many units give one value on every row.
        n_units: for each hidden layer, how many units it has.
    """

    seed: int
    diverged: bool
    dead: bool
    reason: str
    constant_outputs: tuple[str, ...]
    dead_units: tuple[int, ...]
    n_units: tuple[int, ...]

    @property
    def alive(self) -> bool:
        """Whether it neither diverged nor is dead."""
        return not (self.diverged or self.dead)


def health(trained: Trained) -> Health:
    """Return the health of a member on its training rows."""
    result, n_units = trained.result, trained.member.network.units
    if trained.diverged:
        return Health(
            seed=result.seed,
            diverged=True,
            dead=False,
            reason=result.cause or "a loss was not finite",
            constant_outputs=(),
            dead_units=(0,) * len(n_units),
            n_units=n_units,
        )
    x = trained.member.parts["train"].x
    still = _still_units(trained, x)
    reason = ""
    if len(x) > 1 and still[-1].all():
        reason = _why_dead(trained, x)
    return Health(
        seed=result.seed,
        diverged=False,
        dead=bool(reason),
        reason=reason,
        constant_outputs=_names(trained, still[-1]) if len(x) > 1 else (),
        dead_units=tuple(int(s.sum()) if len(x) > 1 else 0 for s in still[:-1]),
        n_units=n_units,
    )


def is_dead(trained: Trained) -> bool:
    """Whether `Health.dead` holds, at the cost of a few rows where it does not.

    False for a member that diverged.
    """
    if trained.diverged:
        return False
    few = trained.member.parts["train"].x[:_FEW]
    # Weights that are large without being infinite overflow; such outputs do not stand still.
    with np.errstate(all="ignore"):
        output = forward(trained.member.network, trained.result.parameters, few)
        return bool(_constant_units(output).all()) and health(trained).dead


def _still_units(trained: Trained, x: Array) -> list[Array]:
    """Return, for each layer, which units (h,) give the same on all rows, at all their places."""
    network, parameters = trained.member.network, trained.result.parameters
    first: list[Array] = []
    still: list[Array] = []
    size = rows_at_once(network)
    for start in range(0, len(x), size):
        values = forward_all(network, parameters, x[start : start + size])
        first = first or [v[:1] for v in values]
        same = [
            (v == f).all(axis=0).reshape(v.shape[1], -1).all(axis=1)
            for v, f in zip(values, first, strict=True)
        ]
        still = [a & b for a, b in zip(still or same, same, strict=True)]
    return still


def _constant_units(values: Array) -> Array:
    """Return which columns of (n, h) hold one value."""
    return np.asarray(np.ptp(values, axis=0) == 0)


def _names(trained: Trained, still: Array) -> tuple[str, ...]:
    head = trained.member.head
    # One output for two classes stands for the second of them.
    names = head.outputs if len(head.outputs) == len(still) else head.outputs[-1:]
    return tuple(name for name, flag in zip(names, still, strict=True) if flag)


def _weights_can_move(trained: Trained, x: Array, values: Sequence[Array]) -> bool:
    """Whether the outputs depend on any weight (biases apart) on any row.

    Goes back through the layers with absolute slopes, an upper bound of the gradient of every
    loss: where it is 0, each gradient is exactly 0.
    """
    layers = dense_network(trained.member.network).layers
    parameters = trained.result.parameters
    slope: Array | None = None  # (n, h): how much an output can move with a pre-activation
    for i in range(len(layers) - 1, -1, -1):
        before = x if i == 0 else values[i - 1]
        own = _slopes(trained, i, before)
        if slope is None:
            slope = own
        else:
            slope = slope @ np.abs(parameters[f"layers.{i + 1}.weight"]) * own
        if np.any(np.any(slope > 0, axis=1) & np.any(before != 0, axis=1)):
            return True
    return False


def _slopes(trained: Trained, i: int, before: Array) -> Array:
    """Return |f'(z)| (n, h) of layer i for its inputs (n, d)."""
    layer = dense_network(trained.member.network).layers[i]
    parameters = trained.result.parameters
    weight = parameters[f"layers.{i}.weight"]
    z = np.asarray(before, dtype=weight.dtype) @ weight.T
    if layer.bias:
        z = z + parameters[f"layers.{i}.bias"]
    derivative = ACTIVATIONS[layer.activation].derivative
    # Softmax mixes its row and never has slope 0 everywhere.
    return np.ones_like(z) if derivative is None else np.abs(derivative(z))


def _why_dead(trained: Trained, x: Array) -> str:
    """Say why a network that answers the same for every row is dead, "" where it is not."""
    network = trained.member.network
    end = "no gradient reaches any weight, and more epochs cannot mend it"
    if isinstance(network, DenseNetwork):
        values = forward_all(network, trained.result.parameters, x)
        return "" if _weights_can_move(trained, x, values) else _dead_layer(trained, values, end)
    from learnscope.measures.gradients import any_gradient

    moves = any_gradient(network, trained.result.parameters, x)
    return "" if moves else f"the answer is the same for every row: {end}"


def _dead_layer(trained: Trained, values: Sequence[Array], end: str) -> str:
    layers = dense_network(trained.member.network).layers
    last = layers[-1].activation
    if last != "identity" and ACTIVATIONS[last].derivative is not None:
        before = values[-2] if len(values) > 1 else trained.member.parts["train"].x
        if not _slopes(trained, len(layers) - 1, before).any():
            value = float(values[-1].flat[0])
            return f"the output activation {last!r} stays at {value:g} for every row: {end}"
    for i, hidden in enumerate(values[:-1]):
        if not hidden.any():
            name = layers[i].activation
            return f"hidden layer {i + 1} ({name}) gives 0 for every row: {end}"
    return f"the answer is the same for every row: {end}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """Root seeds of the members of a run by their health."""

    alive: tuple[int, ...]
    dead: tuple[int, ...]
    diverged: tuple[int, ...]

    @property
    def n(self) -> int:
        """Number of members."""
        return len(self.alive) + len(self.dead) + len(self.diverged)

    def living(self) -> str:
        """Say whom a median is of, see `living_text`."""
        return living_text(len(self.alive), len(self.dead), len(self.diverged))

    def sentence(self) -> str:
        """Say how many are alive and name the others."""
        if len(self.alive) == self.n:
            return "The member is alive." if self.n == 1 else f"All {self.n} members are alive."
        others = [
            f"{len(seeds)} {word} ({seed_words(seeds)})"
            for word, seeds in (("dead", self.dead), ("diverged", self.diverged))
            if seeds
        ]
        alive = f"{len(self.alive)} of {self.n} members" if self.alive else "No member"
        verb = "is" if len(self.alive) <= 1 else "are"
        sign = ";" if self.alive else ":"
        return f"{alive} {verb} alive{sign} {' and '.join(others)}."


def seed_words(seeds: Sequence[int], most: int = MOST_NAMED) -> str:
    """Return "seed 3" or "seeds 3, 7, 8", of more than `most` the first and how many follow."""
    shown = ", ".join(map(str, seeds[:most]))
    more = f" and {len(seeds) - most} more" if len(seeds) > most else ""
    return f"seed{'s' if len(seeds) > 1 else ''} {shown}{more}"


def living_text(alive: int, dead: int, diverged: int) -> str:
    """Say whom a median is of: "5 members", or "the 14 living of 20 members (6 dead)"."""
    n = alive + dead + diverged
    if alive == n:
        return f"{n} member{'s' if n > 1 else ''}"
    lost = [f"{k} {word}" for k, word in ((dead, "dead"), (diverged, "diverged")) if k]
    return f"the {alive or 'none'} living of {n} member{'s' if n > 1 else ''} ({', '.join(lost)})"


def summary(members: Sequence[Health]) -> Summary:
    """Count the members of a run by their health."""
    return Summary(
        alive=tuple(h.seed for h in members if h.alive),
        dead=tuple(h.seed for h in members if h.dead),
        diverged=tuple(h.seed for h in members if h.diverged),
    )
