"""The course of a training from the record of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from learnscope.arrays import Array
from learnscope.doctor.page.course import Course


class StepLike(Protocol):
    """A parameter at a sampled update: its name, norms of weight, gradient and change."""

    @property
    def name(self) -> str: ...
    @property
    def weight(self) -> float: ...
    @property
    def gradient(self) -> float: ...
    @property
    def change(self) -> float: ...
    @property
    def step(self) -> int: ...


class UnitsLike(Protocol):
    """The units behind an activation: its name, shares of dead units and of zeros."""

    @property
    def name(self) -> str: ...
    @property
    def dead(self) -> float: ...
    @property
    def zeros(self) -> float: ...


class RecordLike(Protocol):
    """What the pictures need of a record."""

    @property
    def losses(self) -> Sequence[float]: ...
    @property
    def layers(self) -> Sequence[StepLike]: ...
    @property
    def end(self) -> Sequence[UnitsLike]: ...
    @property
    def output(self) -> tuple[float, float]: ...
    @property
    def targets(self) -> tuple[float, float]: ...


def course_of_record(record: RecordLike) -> Course:
    """Return what the pictures are drawn from; biases are left out."""
    wide = [s for s in record.layers if not s.name.endswith("bias")]
    steps = sorted({s.step for s in wide})
    at = {step: i for i, step in enumerate(steps)}
    gradient: dict[str, Array] = {}
    update: dict[str, Array] = {}
    for sample in wide:
        size = sample.weight or float("nan")
        for known, value in ((gradient, sample.gradient), (update, sample.change)):
            row = known.setdefault(sample.name, np.full(len(steps), np.nan))
            row[at[sample.step]] = value / size
    return Course(
        loss_step=np.arange(len(record.losses), dtype=float),
        loss=np.array(record.losses, dtype=float),
        step=np.array(steps, dtype=float),
        gradient=gradient,
        update=update,
        dead={unit.name: unit.dead for unit in record.end},
        zeros={unit.name: unit.zeros for unit in record.end},
        outputs=record.output,
        targets=record.targets,
    )
