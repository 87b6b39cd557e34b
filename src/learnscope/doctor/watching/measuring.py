"""Figures of a sampled step: shapes, outputs of layers, gradients and changes of parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from learnscope.doctor.watching.seen import (
    LayerSample,
    ModelSeen,
    OptimizerSeen,
    ParameterSample,
    Seen,
    ShapeSeen,
)
from learnscope.doctor.watching.tape import tensors_in

MAX_SAMPLES = 20_000
"""Figures of one kind that are kept for a model."""

CEILINGS: Mapping[type[nn.Module], tuple[float, float]] = {
    nn.Tanh: (-1.0, 1.0),
    nn.Sigmoid: (0.0, 1.0),
}
"""Ranges of activations that saturate."""


def name_in(model: nn.Module, module: nn.Module) -> str | None:
    """Return the name of a module within a model, None where it is not in it."""
    for name, part in model.named_modules():
        if part is module:
            return str(name)
    return None


def shape_text(value: Any) -> str:
    """Return the shapes in a value: "(32, 2)", "(32, 5, 8), (1, 32, 8)"."""
    return ", ".join(str(tuple(t.shape)) for t in tensors_in(value)) or "-"


def shape_of(name: str, module: nn.Module, args: tuple[Any, ...], output: Any) -> ShapeSeen:
    """Return the note of a module's call."""
    return ShapeSeen(
        layer=name,
        kind=type(module).__name__,
        inputs=shape_text(args),
        out="" if output is None else shape_text(output),
        detail=module.extra_repr(),
        of_torch=type(module).__module__.startswith("torch.nn"),
    )


def layer_sample(step: int, name: str, module: nn.Module, output: Any) -> LayerSample | None:
    """Return the figures of a layer's output, None where it gives no numbers."""
    out = next(iter(tensors_in(output)), None)
    if out is None or not out.is_floating_point() or out.numel() == 0:
        return None
    values = out.detach()
    zero = values == 0
    # Units lie along axis 1, rows and places along the others.
    units = zero.transpose(0, 1).flatten(1) if values.dim() > 1 else zero.unsqueeze(0)
    low, high = next((r for kind, r in CEILINGS.items() if isinstance(module, kind)), (0.0, 0.0))
    saturated = math.nan
    if high > low:
        edge = 0.01 * (high - low) / 2
        beyond = (values < low + edge) | (values > high - edge)
        saturated = float(beyond.float().mean())
    return LayerSample(
        step=step,
        layer=name,
        sd=float(values.float().std(correction=0)),
        zeros=float(zero.float().mean()),
        dead=float(units.all(dim=1).float().mean()),
        saturated=saturated,
    )


def note_cut(model: ModelSeen) -> None:
    """Count, for each trainable parameter, how often a backward pass left it without gradient."""
    model.cut_looks += 1
    counts = dict(model.cut)
    for name, parameter in model.module.named_parameters():
        if parameter.requires_grad:
            counts.setdefault(name, 0)
            if parameter.grad is None:
                counts[name] += 1
    model.cut = counts


def reached(loss: Tensor, models: Iterable[ModelSeen]) -> set[int]:
    """Return the ids of those models of which a parameter is a leaf of the loss's graph."""
    leaves: set[int] = set()
    waiting: list[Any] = [loss.grad_fn]
    seen: set[Any] = set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaves.add(id(getattr(node, "variable", None)))
        waiting += [n for n, _ in node.next_functions]
    return {id(m.module) for m in models if any(id(p) in leaves for p in m.module.parameters())}


def norm_of_gradients(models: Sequence[ModelSeen]) -> float:
    """Return the norm of all gradients of some models."""
    own = [p.grad for m in models for p in m.module.parameters() if p.grad is not None]
    return _norm(own)


@dataclass(frozen=True, slots=True)
class Moment:
    """Parameters just before a step: the values of those with a gradient, and the step's number."""

    step: int
    before: Mapping[int, Tensor]
    names: Mapping[int, tuple[ModelSeen, str]]


def before_step(own: OptimizerSeen, seen: Seen) -> Moment:
    """Copy what a step is about to change."""
    parameters = own.parameters
    own.sampled += 1
    with_gradient = [p for p in parameters if p.grad is not None]
    own.without_gradient += not with_gradient
    own.norms.append(_norm([p.grad for p in with_gradient if p.grad is not None]))
    names = {
        id(p): (model, name)
        for model in seen.models.values()
        for name, p in model.module.named_parameters()
    }
    before = {id(p): p.detach().clone() for p in with_gradient}
    return Moment(step=seen.steps, before=before, names=names)


def after_step(own: OptimizerSeen, moment: Moment) -> None:
    """Note what the step has changed."""
    moved, pushed = False, False
    for parameter in own.parameters:
        before = moment.before.get(id(parameter))
        if before is None or parameter.grad is None:
            continue
        change = _norm([parameter.detach() - before])
        gradient = _norm([parameter.grad])
        moved = moved or change > 0
        pushed = pushed or gradient > 0
        model, name = moment.names.get(id(parameter), (None, ""))
        if model is not None and len(model.parameters) < MAX_SAMPLES:
            sample = ParameterSample(moment.step, name, _norm([before]), gradient, change)
            model.parameters.append(sample)
    own.unmoved += pushed and not moved


def _norm(tensors: list[Tensor]) -> float:
    if not tensors:
        return 0.0
    with torch.no_grad():
        return math.sqrt(sum(float(t.detach().float().square().sum()) for t in tensors))
