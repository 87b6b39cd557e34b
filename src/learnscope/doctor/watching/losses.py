"""Losses of a program: which model and which target each one belongs to, as a function again."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from learnscope.doctor.watching.frames import line_here
from learnscope.doctor.watching.seen import LossSeen, ModelSeen, Seen
from learnscope.doctor.watching.tape import Chain, Entry, Replay, same_rows, tensors_in

FUNCTIONAL = frozenset(
    {
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "cross_entropy",
        "gaussian_nll_loss",
        "hinge_embedding_loss",
        "huber_loss",
        "kl_div",
        "l1_loss",
        "mse_loss",
        "multi_margin_loss",
        "multilabel_margin_loss",
        "multilabel_soft_margin_loss",
        "nll_loss",
        "poisson_nll_loss",
        "smooth_l1_loss",
        "soft_margin_loss",
    }
)
"""Losses of `torch.nn.functional` that take an output and a target."""

MAX_PARTS = 8
"""Steps at which the gradients of a penalty and of the rest are told apart."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A chain taken apart.

    Attributes:
        before: operations between the model's output and what the loss takes.
        output: what the loss takes, made by the model.
        target: the other thing it takes, from outside.
        own: the loss itself and what follows it.
        penalised: whether something of the parameters alone is added to it.
    """

    before: tuple[Entry, ...]
    output: Any
    target: Tensor
    own: tuple[Entry, ...]
    penalised: bool


def is_loss(entry: Entry) -> bool:
    """Whether an entry is a loss: functional by its name, or a module of two tensors."""
    if isinstance(entry.func, nn.Module):
        return sum(isinstance(a, Tensor) for a in entry.args) >= 2
    return entry.name in FUNCTIONAL


def parts_of(chain: Chain) -> Parts | str:
    """Return the parts of a chain, or why it has none: one sentence."""
    if len(chain.calls) != 1:
        return "The loss takes the outputs of several models."
    losses = [i for i, entry in enumerate(chain.entries) if is_loss(entry)]
    penalised = bool(_penalty(chain))
    if len(losses) == 1:
        return _around(chain, losses[0], penalised)
    output = chain.calls[0].output
    first = next(iter(tensors_in(output)), None)
    targets = [t for t in chain.outside() if first is not None and same_rows(first, t)]
    if not targets:
        return "The loss takes no target that has a row for each row of the batch."
    if len(targets) > 1:
        return "The loss takes several tensors with a row for each row of the batch."
    return Parts((), output, targets[0], _unpenalised(chain, chain.entries), penalised)


def _around(chain: Chain, k: int, penalised: bool) -> Parts | str:
    """Return the parts of a chain with one known loss, its k-th entry."""
    entry = chain.entries[k]
    tensors = list(tensors_in((entry.args[:2], dict(entry.kwargs))))
    outside = {id(t) for t in chain.outside()}
    outputs = [t for t in tensors if id(t) not in outside]
    targets = [t for t in tensors if id(t) in outside]
    if len(outputs) != 1 or not targets:
        return "The loss does not take one output of the model and one target."
    own = _unpenalised(chain, chain.entries[k:])
    return Parts(_leading_to(chain, outputs[0]), outputs[0], targets[0], own, penalised)


def _leading_to(chain: Chain, output: Tensor) -> tuple[Entry, ...]:
    needed, wanted = [], {id(output)}
    for entry in reversed(chain.entries):
        if any(id(t) in wanted for t in tensors_in(entry.output)):
            needed.append(entry)
            wanted |= {id(t) for t in tensors_in((entry.args, dict(entry.kwargs)))}
    return tuple(reversed(needed))


def _unpenalised(chain: Chain, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries up to the one that adds a penalty."""
    adding = {id(entry) for entry, _, _ in _penalty(chain)}
    kept: list[Entry] = []
    for entry in entries:
        if id(entry) in adding:
            break
        kept.append(entry)
    return tuple(kept)


def _penalty(chain: Chain) -> list[tuple[Entry, Tensor, Tensor]]:
    """Return the additions of something that depends on parameters alone: entry, data, penalty."""
    outside = {id(t) for t in chain.outside()}
    found = []
    for entry in chain.entries:
        if entry.name not in {"add", "iadd", "radd"}:
            continue
        tensors = [a for a in entry.args if isinstance(a, Tensor) and a.numel() == 1]
        inside = [t for t in tensors if id(t) not in outside]
        alone = [t for t in tensors if id(t) in outside and t.requires_grad]
        if len(inside) == 1 and len(alone) == 1:
            found.append((entry, inside[0], alone[0]))
    return found


def note_chain(seen: Seen, found: LossSeen, chain: Chain, close: bool) -> list[ModelSeen]:
    """Note what a backward pass tells of its loss; return the models that it trains."""
    models = [seen.models[id(c.module)] for c in chain.calls if id(c.module) in seen.models]
    found.models = tuple({*found.models, *(id(m.module) for m in models)})
    wants_rows = any(not m.rows.closed for m in models)
    if not (close or wants_rows or found.count == 1):
        return models
    found.names = chain.names
    parts = parts_of(chain)
    if isinstance(parts, str):
        found.refused = parts
        return models
    if found.loss is None:
        found.loss = function_of(parts)
        found.after = _after(chain, parts)
        found.call_where = parts.own[0].where if parts.own else ""
        found.penalised = parts.penalised
        found.shapes = (_shape(parts.output), tuple(parts.target.shape))
    if models and wants_rows:
        x = [t for t in tensors_in((chain.calls[0].args, dict(chain.calls[0].kwargs)))]
        if len(x) == 1:
            models[0].rows.add(x[0], parts.target)
        else:
            found.refused = f"The model takes {len(x)} tensors, not one."
    if close and models:
        _note_ranges(models[0], parts)
        _note_penalty(found, chain, models[0])
    return models


def function_of(parts: Parts) -> Callable[..., Any]:
    """Return a loss as a function (output, target): the program's own module or function."""
    entry = parts.own[0] if parts.own else None
    plain = entry is not None and len(parts.own) == 1 and len(entry.args) >= 2
    if plain and entry is not None and entry.args[0] is parts.output:
        if entry.args[1] is parts.target and len(entry.args) == 2:
            if isinstance(entry.func, nn.Module):
                return copy.deepcopy(entry.func)
            return functools.partial(entry.func, **dict(entry.kwargs))
    sources = list(tensors_in(parts.output))
    return Replay(parts.own, sources=sources, targets=[parts.target])


def _after(chain: Chain, parts: Parts) -> Replay | None:
    if not parts.before:
        return None
    return Replay(parts.before, sources=list(tensors_in(chain.calls[0].output)), targets=())


def _shape(output: Any) -> tuple[int, ...]:
    first = next(iter(tensors_in(output)), None)
    return () if first is None else tuple(first.shape)


def _note_ranges(model: ModelSeen, parts: Parts) -> None:
    for field, value in (("outputs", parts.output), ("targets", parts.target)):
        tensor = next(iter(tensors_in(value)), None)
        if tensor is not None and tensor.numel():
            setattr(model, field, (float(tensor.detach().min()), float(tensor.detach().max())))


def _note_penalty(found: LossSeen, chain: Chain, model: ModelSeen) -> None:
    """Note the norms of the gradients of penalty and data; both graphs are left as they are."""
    for _, data, penalty in _penalty(chain)[:1]:
        if len(found.parts) >= MAX_PARTS:
            return
        parameters = [p for p in model.module.parameters() if p.requires_grad]
        found.parts.append((_gradient(penalty, parameters), _gradient(data, parameters)))


def _gradient(value: Tensor, parameters: list[nn.Parameter]) -> float:
    grads = torch.autograd.grad(value, parameters, retain_graph=True, allow_unused=True)
    found: list[Tensor | None] = list(grads)
    present = [g for g in found if g is not None]
    return math.sqrt(sum(float(g.detach().square().sum()) for g in present))


ADDING = frozenset(
    {torch.add, Tensor.add, Tensor.add_, Tensor.__add__, Tensor.__radd__, Tensor.__iadd__}
)
"""Operations that add."""


def note_accumulation(
    found: LossSeen | None, last: Tensor | None, args: tuple[Any, ...], output: Any
) -> None:
    """Note that a loss which was just trained on is added to something, with its graph."""
    if found is None or last is None or not isinstance(output, Tensor):
        return
    if output.requires_grad and any(a is last for a in args):
        found.added += 1
        found.kept_where = found.kept_where or line_here()
