"""Pruning: taking away edges or units of a dense network, the least important first.

Nothing is trained anew. By magnitude: edges by |w| (Y. LeCun et al., "Optimal brain damage",
1990, take this as their baseline), units by the norm of what comes in times that of what goes
out. By effect: by what the training loss gains when this one alone is taken away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.measures.scores import accuracy, judged_part, mean_squared_error
from learnscope.models.network import DenseNetwork, Parameters, forward
from learnscope.trained import Trained

What = Literal["edges", "units"]
Order = Literal["magnitude", "effect", "random"]
Place = tuple[int, int, int]
"""Layer, unit and input of an edge; hidden layer, unit and -1 of a unit."""

MOST_TRIALS = 20_000
"""Most parts whose effect is measured one by one."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PruningCurve:
    """Scores with more and more of a network taken away.

    Attributes:
        what: "edges" or "units".
        order: in which they go.
        shares: (m,) share of them that is gone, from 0 to 1.
        scores: (m,) accuracy, or mean squared error, on the judged rows.
        losses: (m,) loss that was trained, on the judged rows.
        metric: "accuracy" or "mse".
        total: how many there are.
        places: all of them in the order in which they go.
    """

    what: What
    order: Order
    shares: Array
    scores: Array
    losses: Array
    metric: str
    total: int
    places: tuple[Place, ...]

    def spare(self, tolerance: float = 0.01) -> float:
        """Return the largest share up to which nothing is lost.

        That is: accuracy falls by no more than `tolerance`, or the mean squared error grows by no
        more than that share of itself.
        """
        first = self.scores[0]
        if self.metric == "accuracy":
            bad = self.scores < first - tolerance
        else:
            bad = self.scores > first * (1 + tolerance)
        return float(self.shares[int(np.argmax(bad)) - 1] if bad.any() else 1.0)

    def sentence(self) -> str:
        """Say how much can go."""
        worse = "accuracy falls" if self.metric == "accuracy" else "error grows"
        return (
            f"{100 * self.spare():.0f} % of the {self.total} {self.what} can go (in order of "
            f"{self.order}) before the {worse} by more than 1 %."
        )


def pruning_curve(
    trained: Trained,
    what: What = "edges",
    order: Order = "magnitude",
    *,
    points: int = 21,
    seed: int = 0,
) -> PruningCurve:
    """Take away more and more of a member and score what is left on the judged rows.

    The order is found on the training rows alone.

    Raises:
        InputError: the network is not dense, has no hidden units, or too many parts for "effect".
    """
    network = trained.member.network
    if not isinstance(network, DenseNetwork):
        raise InputError("pruning is for dense networks, and this one is not.")
    places = _edges(network) if what == "edges" else _units(network)
    if not places:
        raise InputError("pruning of units needs a hidden layer. Use --what edges.")
    ranks = np.argsort(_importance(trained, network, places, order, seed), kind="stable")
    queue = [places[i] for i in ranks]
    gone = np.unique(np.linspace(0, len(queue), points).round().astype(np.int64))
    found = [_scores(trained, pruned(trained.result.parameters, queue[:k])) for k in gone]
    return PruningCurve(
        what=what,
        order=order,
        shares=gone / len(queue),
        scores=np.array([score for score, _ in found]),
        losses=np.array([loss for _, loss in found]),
        metric="accuracy" if trained.member.head.task == "classification" else "mse",
        total=len(queue),
        places=tuple(queue),
    )


def pruned(parameters: Parameters, places: Sequence[Place]) -> Parameters:
    """Return the weights without these edges or units; a unit goes with all its outgoing edges."""
    result = {name: value.copy() for name, value in parameters.items()}
    for layer, unit, source in places:
        if source >= 0:
            result[f"layers.{layer}.weight"][unit, source] = 0
        else:
            result[f"layers.{layer + 1}.weight"][:, unit] = 0
    return result


def _edges(network: DenseNetwork) -> list[Place]:
    return [
        (i, j, k)
        for i, layer in enumerate(network.layers)
        for j in range(layer.n_out)
        for k in range(layer.n_in)
    ]


def _units(network: DenseNetwork) -> list[Place]:
    return [(i, j, -1) for i, n in enumerate(network.units) for j in range(n)]


def _importance(
    trained: Trained, network: DenseNetwork, places: Sequence[Place], order: Order, seed: int
) -> Array:
    if order == "random":
        return np.random.default_rng(seed).permutation(len(places))
    if order == "magnitude":
        return np.array([_magnitude(trained.result.parameters, place) for place in places])
    if len(places) > MOST_TRIALS:
        raise InputError(
            f"pruning by effect tries each of the {what_of(places)} alone, {len(places)} of them, "
            f"more than {MOST_TRIALS}. Use --order magnitude."
        )
    return _effects(trained, places)


def what_of(places: Sequence[Place]) -> What:
    """Return what the places are of."""
    return "units" if places[0][2] < 0 else "edges"


def _magnitude(parameters: Parameters, place: Place) -> float:
    layer, unit, source = place
    incoming = parameters[f"layers.{layer}.weight"][unit]
    if source >= 0:
        return abs(float(incoming[source]))
    outgoing = parameters[f"layers.{layer + 1}.weight"][:, unit]
    return float(np.linalg.norm(incoming) * np.linalg.norm(outgoing))


def _effects(trained: Trained, places: Sequence[Place]) -> Array:
    """Return what the training loss gains without each place alone."""
    examples = trained.member.parts["train"]
    loss, network = trained.member.experiment.training.loss, trained.member.network
    found = []
    for place in places:
        output = forward(network, pruned(trained.result.parameters, [place]), examples.x)
        total, count = loss.total(output, examples.y, examples.weight)
        found.append(total / count if count else total)
    return np.array(found)


def _scores(trained: Trained, parameters: Parameters) -> tuple[float, float]:
    member, part = trained.member, judged_part(trained.member)
    examples, y = member.parts[part], member.sample.y[_rows(trained)]
    learned = forward(member.network, parameters, examples.x)
    total, count = member.experiment.training.loss.total(learned, examples.y, examples.weight)
    output = member.head.decode(learned)
    if member.head.task == "classification":
        score = accuracy(member.head.labels(output), y)
    else:
        score = mean_squared_error(output.astype(np.float64), y)
    return score, total / count if count else total


def _rows(trained: Trained) -> Ints:
    rows: Ints = getattr(trained.member.rows, judged_part(trained.member))
    return rows
