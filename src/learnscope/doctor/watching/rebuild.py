"""A loop that was watched, put together again: what `diagnose` needs to train it anew."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import LBFGS, Optimizer

from learnscope.doctor.watching.seen import LossSeen, ModelSeen, OptimizerSeen, Seen
from learnscope.doctor.watching.tape import Continued

TOLERANCE = 1e-3
"""Relative difference up to which the first loss counts as the same: other shapes of a batch may
add up in another order, and float32 has seven digits."""


WHOLE = 0.9
"""Share of the training rows from which on an evaluation is one of the training rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """A loop as objects.

    Attributes:
        model: as it was at its first call, with what the program did between output and loss.
        X: inputs of the first epoch (n, ...), in their order.
        y: targets (n, ...).
        X_test: inputs of the evaluation, None without one.
        y_test: its targets.
        loss: (output, target) -> scalar.
        optimizer: over the model's parameters, with the program's settings.
        epochs: at least 1.
        batch_size: rows.
        shuffle: whether epochs differ in order.
        notes: what of the program is not in here, one sentence each.
    """

    model: nn.Module
    X: Tensor
    y: Tensor
    X_test: Tensor | None
    y_test: Tensor | None
    loss: Callable[..., Any]
    optimizer: Optimizer
    epochs: int
    batch_size: int
    shuffle: bool
    notes: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `diagnose`."""
        return {
            "model": self.model,
            "X": self.X,
            "y": self.y,
            "X_test": self.X_test,
            "y_test": self.y_test,
            "loss": self.loss,
            "optimizer": self.optimizer,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
        }


def rebuild(seen: Seen) -> Rebuilt | str:
    """Return the loop that was trained most, or why it cannot be trained anew: one sentence."""
    model = seen.main_model()
    if model is None:
        return "No model was seen to be trained."
    loss = seen.main_loss(model)
    obstacle = _obstacle(seen, model, loss)
    if obstacle or loss is None or loss.loss is None or model.initial is None:
        return obstacle or "The loss could not be followed back to the model."
    data = model.rows.data()
    if data is None:
        return "The batches do not fit together."
    fresh, names = _copy_with_names(model)
    optimizer = optimizer_of(seen.owners(model), fresh, names)
    if isinstance(optimizer, str):
        return optimizer
    whole = Continued(fresh, loss.after) if loss.after is not None else fresh
    X_test, y_test = _test_rows(model)
    rebuilt = Rebuilt(
        model=whole,
        X=data[0],
        y=data[1],
        X_test=X_test,
        y_test=y_test,
        loss=loss.loss,
        optimizer=optimizer,
        epochs=_epochs(model, optimizer, seen),
        batch_size=model.rows.batch_size,
        shuffle=bool(model.rows.shuffled),
        notes=_notes(seen, model, loss),
    )
    checked = _held_against(rebuilt, model, loss)
    return checked if isinstance(checked, str) else _accumulated(checked, model, seen)


def _obstacle(seen: Seen, model: ModelSeen, loss: LossSeen | None) -> str:
    if loss is None:
        return "The loss could not be followed back to the model."
    if len(loss.models) > 1:
        return "Several models are trained together."
    own = seen.owners(model)
    trained = [m for m in seen.models.values() if m.backwards and seen.owners(m)]
    if len(own) > 1:
        return "Several optimisers step one model."
    if own and any(m is not model and seen.owners(m) == own for m in trained):
        return "One optimiser steps several models."
    if any(m is not model and id(model.module) in _together(seen, m) for m in trained):
        return "Several models are trained together."
    if model.initial is None:
        return "The model could not be copied as it was at its start."
    if loss.refused:
        return loss.refused
    return ""


def _together(seen: Seen, model: ModelSeen) -> list[int]:
    """Return the models that are trained by losses which train this one too."""
    own = id(model.module)
    return [i for loss in seen.losses.values() if own in loss.models for i in loss.models]


def _copy_with_names(model: ModelSeen) -> tuple[nn.Module, dict[int, str]]:
    assert model.initial is not None
    names = {id(p): name for name, p in model.module.named_parameters()}
    return copy.deepcopy(model.initial), names


def optimizer_of(
    owners: list[OptimizerSeen], fresh: nn.Module, names: dict[int, str]
) -> Optimizer | str:
    """Return the optimiser over the copy's parameters, with the settings of its first step."""
    if not owners:
        return "No optimiser was seen to step the model."
    own, copies = owners[0], dict(fresh.named_parameters())
    groups: list[dict[str, Any]] = []
    for group, settings in zip(own.optimizer.param_groups, own.settings, strict=False):
        parameters = [_copied(p, names, copies) for p in group["params"]]
        kept = {k: copy.deepcopy(v) for k, v in settings.items() if k in own.optimizer.defaults}
        groups.append({"params": parameters, **kept})
    try:
        optimizer = type(own.optimizer)(groups)  # type: ignore[call-arg]
    except Exception:
        try:
            optimizer = type(own.optimizer)(groups, **own.optimizer.defaults)
        except Exception as error:
            return f"{type(own.optimizer).__name__} cannot be made again: {error}."
    return optimizer


def _copied(parameter: Tensor, names: dict[int, str], copies: dict[str, nn.Parameter]) -> Tensor:
    name = names.get(id(parameter))
    if name in copies:
        return copies[name]
    # One of another model: it is stepped, and nothing depends on it.
    return nn.Parameter(parameter.detach().clone(), requires_grad=parameter.requires_grad)


def _epochs(model: ModelSeen, optimizer: Optimizer, seen: Seen) -> int:
    per_epoch = model.rows.per_epoch
    if per_epoch is None:
        return 1
    # A step of L-BFGS has many backward passes on the same batch.
    steps = [o.steps for o in seen.owners(model)] if isinstance(optimizer, LBFGS) else []
    return max(1, math.ceil((steps or [model.backwards])[0] / per_epoch))


class Summed:
    """A loss whose gradients are added up over several batches, as one over a larger batch.

    The sum of k batches' mean losses is k times the mean over all their rows.
    """

    def __init__(self, loss: Callable[..., Any], k: int) -> None:
        self.loss, self.k = loss, k

    def __call__(self, output: Any, target: Tensor) -> Any:
        """Return the sum over k batches, for a batch of all their rows."""
        return self.k * self.loss(output, target)


def _accumulated(rebuilt: Rebuilt, model: ModelSeen, seen: Seen) -> Rebuilt:
    """Return it with the larger batch that accumulated gradients amount to."""
    steps = seen.owners(model)[0].steps
    k = round(model.backwards / max(steps, 1))
    if k < 2 or isinstance(rebuilt.optimizer, LBFGS):
        return rebuilt
    size = min(k * rebuilt.batch_size, len(rebuilt.X))
    note = f"Gradients of {k} batches are added up: they are taken for one batch of {size} rows."
    return replace(
        rebuilt, batch_size=size, loss=Summed(rebuilt.loss, k), notes=(*rebuilt.notes, note)
    )


def _test_rows(model: ModelSeen) -> tuple[Tensor | None, Tensor | None]:
    """Return the rows of evaluations, but for batches that hold training rows alone."""
    data, train = model.test_rows.batches(), model.rows.batches()
    known = {row for x, _ in train for row in _row_keys(x)}
    kept = [(x, y) for x, y in data if not all(k in known for k in _row_keys(x))]
    if not kept or not train:
        return None, None
    asked = {row for x, _ in kept for row in _row_keys(x)}
    if len(known & asked) > WHOLE * len(known):
        return None, None  # The whole table is scored: that says nothing of new rows.
    try:
        x, y = torch.cat([x for x, _ in kept]), torch.cat([y for _, y in kept])
    except RuntimeError:
        return None, None
    like = train[0][1]
    if y.shape[1:] != like.shape[1:]:
        if y.numel() // max(len(y), 1) != like.numel() // max(len(like), 1):
            return None, None
        y = y.reshape(len(y), *like.shape[1:])
    return x, y.to(like.dtype)


def _row_keys(x: Tensor) -> list[bytes]:
    rows = x.reshape(x.shape[0], -1).contiguous()
    return [row.tobytes() for row in rows.numpy()]


def _notes(seen: Seen, model: ModelSeen, loss: LossSeen) -> tuple[str, ...]:
    notes = []
    if model.rows.truncated:
        notes.append("Only the first rows are kept: the data are larger than 64 MB.")
    if model.rows.per_epoch is None:
        notes.append("No row came twice: the rows that were seen count as one epoch.")
    if loss.penalised:
        notes.append("The penalty that the program adds to its loss is left out.")
    if len({rate for o in seen.owners(model) for _, rate in o.rates}) > 1:
        notes.append("The schedule of the learning rate is left out: the first rate is used.")
    return tuple(notes)


def _held_against(rebuilt: Rebuilt, model: ModelSeen, loss: LossSeen) -> Rebuilt | str:
    """Return it if its first loss is the one that the program had, else a sentence."""
    rows = slice(0, rebuilt.batch_size)
    random = any(getattr(m, "p", 0) for m in rebuilt.model.modules() if _drops(m))
    # The copy's flags are those of the program's first call.
    trial = copy.deepcopy(rebuilt.model)
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            value = float(rebuilt.loss(trial(rebuilt.X[rows]), rebuilt.y[rows]))
    except Exception as error:
        line = (str(error).splitlines() or [repr(error)])[0]
        return f"The loop cannot be trained anew: {line}."
    first = loss.first_value
    same = abs(value - first) <= TOLERANCE * max(abs(first), 1e-6)
    if not (same or random or loss.penalised or not math.isfinite(first)):
        return f"The loop does not repeat: its first loss was {first:.4g} and is {value:.4g}."
    return rebuilt


def _drops(module: nn.Module) -> bool:
    return isinstance(module, nn.modules.dropout._DropoutNd)
