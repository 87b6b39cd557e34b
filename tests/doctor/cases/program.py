"""What a case of the development set is: a program, its fault, its repaired twin.

A builder is a function of (seed, mended) that makes everything anew, as the first lines of a
user's script would: `mended=False` gives the faulty program, `mended=True` its twin. The part of
a case, open or held back, follows from its name, so that nobody chooses it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn

from tests.doctor.cases.threads import one_thread

Score = Callable[[Tensor, Tensor], float]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A training as `learnscope.diagnose` takes it, and the score that tells its success.

    `score(outputs, y)` gives an accuracy or an R2 on the test rows; higher is better.
    """

    model: nn.Module
    X: Tensor
    y: Tensor
    X_test: Tensor
    y_test: Tensor
    loss: Callable[..., Tensor]
    optimizer: torch.optim.Optimizer
    epochs: int
    batch_size: int
    score: Score
    shuffle: bool = True

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `diagnose`: all fields but the score."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "score"}


Builder = Callable[[int, bool], Program]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A faulty program with its twin.

    Attributes:
        name: that of the builder.
        truth: accepted slugs; the first is the fault that was put in.
        because: why the other slugs are sound too; empty where there are none.
        good: score that the twin reaches.
        gap: by how much at least the faulty program's score is lower.
        violates: where the fault is a property and not a poor score, the test of it: true of the
            faulty program, false of the twin. Then `gap` is not asked for.
    """

    name: str
    truth: tuple[str, ...]
    because: str
    good: float
    gap: float
    violates: Callable[[Program], bool] | None
    builder: Builder

    @property
    def part(self) -> str:
        """Return "held" for the third of all names that is held back, else "open"."""
        return part_of(self.name)

    def build(self, seed: int, *, mended: bool = False) -> Program:
        """Return a fresh program; the global random state is seeded inside and put back."""
        return _seeded(lambda: self.builder(seed, mended), seed)


@dataclass(frozen=True, kw_only=True)
class Healthy:
    """A sound program that looks ill to a naive rule.

    `good` is the score it reaches; `ceiling` tells that no program does much better, so that
    the verdicts "healthy" and "at_ceiling" are both right.
    """

    name: str
    good: float
    ceiling: bool
    builder: Callable[[int], Program]

    @property
    def part(self) -> str:
        """Return "held" for the third of all names that is held back, else "open"."""
        return part_of(self.name)

    def build(self, seed: int) -> Program:
        """Return a fresh program; the global random state is seeded inside and put back."""
        return _seeded(lambda: self.builder(seed), seed)


CASES: dict[str, Case] = {}
HEALTHY: dict[str, Healthy] = {}


def case(
    *truth: str,
    because: str = "",
    good: float = 0.85,
    gap: float = 0.1,
    violates: Callable[[Program], bool] | None = None,
) -> Callable[[Builder], Builder]:
    """Register a builder of a faulty program and its twin under its name."""

    def register(builder: Builder) -> Builder:
        name = _new_name(builder)
        CASES[name] = Case(
            name=name,
            truth=truth,
            because=because,
            good=good,
            gap=gap,
            violates=violates,
            builder=builder,
        )
        return builder

    return register


def healthy(
    *, good: float = 0.85, ceiling: bool = False
) -> Callable[[Callable[[int], Program]], Callable[[int], Program]]:
    """Register a builder of a sound program under its name."""

    def register(builder: Callable[[int], Program]) -> Callable[[int], Program]:
        name = _new_name(builder)
        HEALTHY[name] = Healthy(name=name, good=good, ceiling=ceiling, builder=builder)
        return builder

    return register


def part_of(name: str) -> str:
    """Return the part of a name: one hash in three is held back."""
    return "held" if hashlib.sha256(name.encode()).digest()[0] % 3 == 0 else "open"


def _new_name(builder: Callable[..., Program]) -> str:
    name = builder.__name__
    if name in CASES or name in HEALTHY:
        raise ValueError(f"There are two cases named {name!r}.")
    return name


def _seeded(build: Callable[[], Program], seed: int) -> Program:
    with torch.random.fork_rng(), one_thread():
        torch.manual_seed(seed)
        return build()
