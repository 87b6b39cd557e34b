"""The course of a training as arrays: what the pictures of a diagnosis are drawn from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from learnscope.arrays import Array
from learnscope.doctor.watching.seen import LayerSample, ModelSeen, Seen


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Course:
    """What was measured of one model while it trained.

    Attributes:
        loss_step: (t,) numbers of backward passes, 0 is the first.
        loss: (t,) the loss at each.
        step: (s,) sampled steps.
        gradient: weight -> (s,) norm of its gradient divided by its own norm.
        update: weight -> (s,) norm of the step's change divided by its own norm.
        dead: layer -> share of its units that gave 0 for every row of the last sampled batch.
        zeros: layer -> share of its values that were 0 there.
        outputs: smallest and largest output handed to the loss, NaN where not known.
        targets: smallest and largest target, NaN where not known.
    """

    loss_step: Array
    loss: Array
    step: Array
    gradient: Mapping[str, Array] = field(default_factory=dict)
    update: Mapping[str, Array] = field(default_factory=dict)
    dead: Mapping[str, float] = field(default_factory=dict)
    zeros: Mapping[str, float] = field(default_factory=dict)
    outputs: tuple[float, float] = (math.nan, math.nan)
    targets: tuple[float, float] = (math.nan, math.nan)


def course_of(seen: Seen) -> Course | None:
    """Return the course of the model that was trained most, None where none was."""
    model = seen.main_model()
    if model is None:
        return None
    loss = seen.main_loss(model)
    values = loss.values if loss is not None else []
    last = _last_samples(model.layers)
    steps, gradient, update = _weights(model)
    return Course(
        loss_step=np.array([step for step, _ in values], dtype=float),
        loss=np.array([value for _, value in values], dtype=float),
        step=steps,
        gradient=gradient,
        update=update,
        dead={s.layer: s.dead for s in last},
        zeros={s.layer: s.zeros for s in last},
        outputs=model.outputs,
        targets=model.targets,
    )


def _last_samples(samples: Sequence[LayerSample]) -> list[LayerSample]:
    """Return the last sample of each layer, in the order of the layers."""
    found: dict[str, LayerSample] = {}
    for sample in samples:
        found[sample.layer] = sample
    return list(found.values())


def _weights(model: ModelSeen) -> tuple[Array, dict[str, Array], dict[str, Array]]:
    """Return the sampled steps, and gradient and update of each weight, relative to its norm."""
    wide = {n for n, p in model.module.named_parameters() if p.dim() > 1}
    steps = sorted({s.step for s in model.parameters if s.name in wide})
    at = {step: i for i, step in enumerate(steps)}
    gradient: dict[str, Array] = {}
    update: dict[str, Array] = {}
    for sample in model.parameters:
        if sample.name not in wide:
            continue
        size = sample.weight or math.nan
        for known, value in ((gradient, sample.gradient), (update, sample.update)):
            row = known.setdefault(sample.name, np.full(len(steps), np.nan))
            row[at[sample.step]] = value / size
    return np.array(steps, dtype=float), gradient, update
