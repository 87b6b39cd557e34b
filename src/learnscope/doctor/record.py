"""What was seen of one training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class LayerStep:
    """A parameter tensor at a sampled update.

    Attributes:
        name: of the parameter.
        weight: Euclidean norm before the update.
        gradient: norm of its gradient.
        change: norm of what the update changed.
        step: number of the update, 0 for the first.
    """

    name: str
    weight: float
    gradient: float
    change: float
    step: int


@dataclass(frozen=True, kw_only=True)
class UnitState:
    """The units behind one activation, on the probe rows.

    Attributes:
        name: of the activation.
        place: its number in a forward pass.
        units: how many there are.
        dead: share of units that are 0 on all rows (ReLU and its kin), else 0.
        saturated: share of units beyond the limit on nine rows of ten (sigmoid, tanh), else 0.
        zeros: share of outputs that are 0.
    """

    name: str
    place: int
    units: int
    dead: float
    saturated: float
    zeros: float


@dataclass(frozen=True, kw_only=True)
class Record:
    """A training.

    Attributes:
        losses: loss of each update's batch, before the update.
        own_after: for the first updates, the loss of the same batch after it.
        epoch_losses: mean loss of each epoch.
        scores: "train" and "test" score at the end (and "balanced", for classes).
        progress: (epoch, train score, test score, test loss) at some epochs, the first before any.
        layers: parameter tensors at sampled updates.
        begin: units on the probe rows before the training.
        end: the same at the end.
        epochs: epochs that were done.
        seconds: time they took.
        finite: whether all losses were finite.
        output: least and greatest output at the end.
        targets: least and greatest target.
        best_epoch: epoch of the least test loss, nan without test rows.
    """

    losses: tuple[float, ...] = ()
    own_after: tuple[float, ...] = ()
    epoch_losses: tuple[float, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    progress: tuple[tuple[float, float, float, float], ...] = ()
    layers: tuple[LayerStep, ...] = ()
    begin: tuple[UnitState, ...] = ()
    end: tuple[UnitState, ...] = ()
    epochs: int = 0
    seconds: float = 0.0
    finite: bool = True
    output: tuple[float, float] = (float("nan"), float("nan"))
    targets: tuple[float, float] = (float("nan"), float("nan"))
    best_epoch: float = float("nan")

    @property
    def updates(self) -> int:
        """Updates that were done."""
        return len(self.losses)

    def relative_changes(self) -> list[float]:
        """Return |change| / |weight| of all sampled tensors that are no biases."""
        return [s.change / s.weight for s in self.layers if s.weight > 0]
