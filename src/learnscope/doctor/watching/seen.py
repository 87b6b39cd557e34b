"""What was seen of a program: its models, optimisers, losses, comparisons and errors.

These are plain notes, filled in while the program runs and read when it has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from learnscope.doctor.watching.batches import Rows
from learnscope.doctor.watching.tape import Replay


@dataclass(slots=True)
class LayerSample:
    """What a layer gave out at a sampled step.

    Attributes:
        step: number of the step, 0 is the first.
        layer: its name in the model.
        sd: standard deviation of its output.
        zeros: share of the output's values that are exactly 0.
        dead: share of its units that gave 0 for every row of the batch.
        saturated: share of values beyond 0.99 of the range of a tanh or a sigmoid; else nan.
    """

    step: int
    layer: str
    sd: float
    zeros: float
    dead: float
    saturated: float


@dataclass(slots=True)
class ParameterSample:
    """A parameter at a sampled step: norms of weight, gradient and of the step's change."""

    step: int
    name: str
    weight: float
    gradient: float
    update: float


@dataclass(slots=True)
class ShapeSeen:
    """A module's call: what went in and what came out; `out` is "" where it raised."""

    layer: str
    kind: str
    inputs: str
    out: str
    detail: str = ""
    of_torch: bool = False


@dataclass(slots=True)
class OptimizerSeen:
    """An optimiser: whose steps, how many, and what was wrong with them.

    `shares` are norms of gradients at a step over those right after the backward pass, `models` the
    ids of the models that the losses before its steps lead back to.
    """

    optimizer: Optimizer
    name: str = ""
    where: str = ""
    settings: list[Mapping[str, Any]] = field(default_factory=list)
    steps: int = 0
    sampled: int = 0
    fresh: bool = False
    cleared: bool = True
    uncleared: int = 0
    judged: int = 0
    judging: bool = False
    forwards: int = 0
    early: int = 0
    unmoved: int = 0
    without_gradient: int = 0
    norms: list[float] = field(default_factory=list)
    rates: list[tuple[int, float]] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    models: set[int] = field(default_factory=set)

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What it steps."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]


@dataclass(slots=True)
class ModelSeen:
    """A model that the program called by itself, not as a part of another."""

    module: nn.Module
    name: str = ""
    where: str = ""
    initial: nn.Module | None = None
    start: Mapping[str, Tensor] = field(default_factory=dict)
    forwards: int = 0
    backwards: int = 0
    in_eval: int = 0
    first_eval_step: int = -1
    eval_calls: int = 0
    eval_in_training: int = 0
    eval_where: str = ""
    shapes: list[ShapeSeen] = field(default_factory=list)
    layers: list[LayerSample] = field(default_factory=list)
    parameters: list[ParameterSample] = field(default_factory=list)
    cut: Mapping[str, int] = field(default_factory=dict)
    cut_looks: int = 0
    called: set[str] = field(default_factory=set)
    rows: Rows = field(default_factory=Rows)
    test_rows: Rows = field(default_factory=Rows)
    outputs: tuple[float, float] = (float("nan"), float("nan"))
    targets: tuple[float, float] = (float("nan"), float("nan"))


@dataclass(slots=True)
class LossSeen:
    """A loss that `backward()` was called on, one for each line of the program that does so."""

    where: str
    call_where: str = ""
    names: tuple[str, ...] = ()
    models: tuple[int, ...] = ()
    count: int = 0
    values: list[tuple[int, float]] = field(default_factory=list)
    kept: int = 0
    added: int = 0
    kept_where: str = ""
    parts: list[tuple[float, float]] = field(default_factory=list)
    loss: Callable[..., Any] | None = None
    after: Replay | None = None
    penalised: bool = False
    refused: str = ""
    shapes: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    first_value: float = float("nan")


@dataclass(slots=True)
class Broadcast:
    """Two tensors of unequal shapes that were put against each other: (n, 1) and (n,)."""

    what: str
    left: tuple[int, ...]
    right: tuple[int, ...]
    where: str
    of_loss: bool = False
    count: int = 1


@dataclass(slots=True)
class Seen:
    """All that was seen of a program."""

    models: dict[int, ModelSeen] = field(default_factory=dict)
    optimizers: dict[int, OptimizerSeen] = field(default_factory=dict)
    losses: dict[str, LossSeen] = field(default_factory=dict)
    broadcasts: dict[str, Broadcast] = field(default_factory=dict)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    failed: list[ShapeSeen] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    steps: int = 0
    backwards: int = 0
    seconds: float = 0.0

    def main_model(self) -> ModelSeen | None:
        """Return the model that was trained most, the later one of equals."""
        trained = [m for m in self.models.values() if m.backwards]
        return max(reversed(trained), key=lambda m: m.backwards) if trained else None

    def main_loss(self, model: ModelSeen) -> LossSeen | None:
        """Return the loss that trained a model most often."""
        own = [loss for loss in self.losses.values() if id(model.module) in loss.models]
        return max(own, key=lambda loss: loss.count) if own else None

    def owners(self, model: ModelSeen) -> list[OptimizerSeen]:
        """Return the optimisers that step a parameter of a model."""
        ids = {id(p) for p in model.module.parameters()}
        return [o for o in self.optimizers.values() if any(id(p) in ids for p in o.parameters)]


def model_of(seen: Seen, optimizer: OptimizerSeen) -> ModelSeen | None:
    """Return the trained model that an optimiser owns something of."""
    ids = {id(p) for p in optimizer.parameters}
    for model in seen.models.values():
        if model.backwards and any(id(p) in ids for p in model.module.parameters()):
            return model
    return None
