"""What a program is to learn, read from its targets and outputs, and how well it does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from learnscope.doctor.reading import Reading

Kind = Literal["classes", "binary", "labels", "positions", "regression"]

FEW_VALUES = 20
"""Different whole targets up to which they may be class ids (the limit of the taxonomy)."""
SUM = 1e-3
"""Distance of a sum of probabilities from 1 that is rounding."""
RATIO = 5.0
"""How many times rarer a class must be for scores to be balanced (see the rule of imbalance)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What is learned.

    Attributes:
        kind: "classes", k scores and a class id for each row; "binary", one score and 0 or 1;
            "labels", several yes or no; "positions", a class id for each step or pixel;
            "regression", numbers.
        n_classes: classes, 0 for a regression.
        reconstruction: whether the targets are the inputs.
        one_hot: whether class targets come as rows of 0 and 1, or of probabilities.
        maybe_ids: a regression whose targets look like class ids.
        axis: of "positions", the axis of an output along which the classes lie.
        reading: of a regression, how an output is read; None where it is the answer itself.
        span: of a regression whose outputs cannot be read, the losses that score 0 and 1.
    """

    kind: Kind
    n_classes: int = 0
    reconstruction: bool = False
    one_hot: bool = False
    maybe_ids: bool = False
    axis: int = 1
    reading: Reading | None = None
    span: tuple[float, float] | None = None

    @property
    def score(self) -> str:
        """What is measured."""
        if self.span is not None:
            return "share of the loss"
        return "R2" if self.kind == "regression" else "accuracy"


def main(output: Any) -> Tensor:
    """Return the first tensor of an output, which may be a tuple."""
    while isinstance(output, tuple | list) and output:
        output = output[0]
    if isinstance(output, dict) and output:
        return main(next(iter(output.values())))
    if not isinstance(output, Tensor):
        raise TypeError(f"the model's output is no tensor but {type(output).__name__}")
    return output


def unique(values: Tensor) -> Tensor:
    """Return the different numbers of a tensor, sorted."""
    found: Tensor = torch.unique(values)
    return found


def task_of(output: Tensor, X: Tensor, y: Tensor, rows: int | None = None) -> Task:
    """Return the task, from outputs (b, ...) of some rows and all inputs and targets.

    Args:
        output: of some rows.
        X: all inputs.
        y: all targets.
        rows: how many rows the output is of; left out, its length.
    """
    width = output.reshape(len(output), -1).shape[1] if len(output) else 1
    flat = y.reshape(len(y), -1)
    same_shape = X.numel() == y.numel() and len(X) == len(y)
    if same_shape and y.is_floating_point() and flat.shape[1] > 1:
        if torch.equal(X.reshape(len(X), -1).to(y.dtype), flat):
            return Task(kind="regression", reconstruction=True)
    whole = not y.is_floating_point() or bool((flat == flat.round()).all())
    axis = _class_axis(output, y, len(output) if rows is None else rows)
    if axis is not None:
        k = output.shape[axis]
        return Task(kind="positions", n_classes=k, axis=axis)
    if flat.shape[1] == 1 and whole:
        values = unique(flat)
        n = len(values)
        ids = bool(values.min() >= 0) and n <= max(FEW_VALUES, width)
        if not y.is_floating_point() and width > 1:
            return Task(kind="classes", n_classes=max(n, int(values.max()) + 1))
        if set(values.tolist()) <= {0, 1} and width == 1:
            return Task(kind="binary", n_classes=2)
        if set(values.tolist()) <= {0, 1} and width == 2:
            return Task(kind="classes", n_classes=2)
        if set(values.tolist()) in ({-1, 1}, {1, 2}) and width == 1:
            return Task(kind="binary", n_classes=2)
        return Task(kind="regression", maybe_ids=ids and 3 <= n <= FEW_VALUES)
    if flat.shape[1] > 1 and whole and set(unique(flat).tolist()) <= {0, 1}:
        if bool((flat.sum(dim=1) == 1).all()):
            return Task(kind="classes", n_classes=flat.shape[1], one_hot=True)
        return Task(kind="labels", n_classes=flat.shape[1])
    if y.is_floating_point() and 1 < flat.shape[1] == width and _are_shares(flat):
        return Task(kind="classes", n_classes=width, one_hot=True)
    return Task(kind="regression")


def _class_axis(output: Tensor, y: Tensor, rows: int) -> int | None:
    """Return the axis of the classes of an output with a class id for each step or pixel.

    (b, k, t) as PyTorch's cross-entropy wants it, (b, t, k), or (b t, k) for all steps in one.
    """
    if y.is_floating_point() or y.dim() < 2 or y[0].numel() < 2:
        return None
    inner = tuple(y.shape[1:])
    if output.dim() == y.dim() + 1:
        if tuple(output.shape[2:]) == inner and output.shape[1] > int(y.max()):
            return 1
        if tuple(output.shape[1:-1]) == inner and output.shape[-1] > int(y.max()):
            return output.dim() - 1
    if output.dim() == 2 and len(output) == rows * y[0].numel() and output.shape[1] > int(y.max()):
        return 1
    return None


def _are_shares(flat: Tensor) -> bool:
    """Whether rows are probabilities of classes, most of them with one that has the majority."""
    if bool((flat < 0).any()) or not bool(((flat.sum(dim=1) - 1).abs() < SUM).all()):
        return False
    return float(flat.max(dim=1).values.median()) > 0.5


def class_ids(y: Tensor, task: Task) -> Tensor:
    """Return class ids (n,) of the targets of a classification."""
    flat = y.reshape(len(y), -1)
    if task.one_hot:
        return flat.argmax(dim=1)
    ids = flat[:, 0].round().long()
    if task.kind == "binary" and len(ids):
        values = unique(ids)
        if len(values) == 2 and set(values.tolist()) != {0, 1}:
            return (ids == int(values[1])).long()
    return ids


def decided(output: Tensor, task: Task) -> Tensor:
    """Return predicted classes (n,), yes or no (n, k), or numbers (n, k)."""
    if task.kind == "positions":
        return output.argmax(dim=task.axis).reshape(-1)
    flat = output.reshape(len(output), -1)
    if task.kind == "regression":
        return flat if task.reading is None else task.reading(flat)
    if task.kind == "classes" and flat.shape[1] > 1:
        return flat.argmax(dim=1)
    # Probabilities are cut at one half, scores at 0.
    inside = bool(((flat >= 0) & (flat <= 1)).all())
    yes = (flat > (0.5 if inside else 0.0)).long()
    return yes if task.kind == "labels" else yes[:, 0]


def score_of(output: Tensor, y: Tensor, task: Task) -> float:
    """Return accuracy, or R2 (1 - error / variance, at least -1); -1 where not finite."""
    if not bool(torch.isfinite(output).all()):
        return -1.0 if task.kind == "regression" else 0.0
    found = decided(output, task)
    if task.kind == "regression":
        wanted = y.reshape(len(y), -1).to(found.dtype)
        if wanted.shape != found.shape:
            return -1.0
        # Each column counts by its variance, as the squared error does.
        total = float((wanted - wanted.mean(dim=0)).square().mean())
        error = float((wanted - found).square().mean())
        return max(-1.0, 1 - error / total) if total > 0 else float(error == 0)
    if task.kind == "positions":
        wanted = y.reshape(-1)
        counted = wanted >= 0  # ids below 0 are passed over, as PyTorch's ignore_index is
        return (
            float((found == wanted)[counted].float().mean()) if len(found) == len(wanted) else 0.0
        )
    if task.kind == "labels":
        return float((found == y.reshape(len(y), -1)).float().mean())
    return float((found == class_ids(y, task)).float().mean())


def recalls(output: Tensor, y: Tensor, task: Task) -> tuple[Tensor, Tensor]:
    """Return recall and number of rows of each class that is there."""
    ids, found = class_ids(y, task), decided(output, task)
    classes = unique(ids)
    per = torch.tensor([float((found[ids == c] == c).float().mean()) for c in classes])
    counts = torch.tensor([int((ids == c).sum()) for c in classes])
    return per, counts


def balanced(output: Tensor, y: Tensor, task: Task) -> float:
    """Return the mean recall over the classes."""
    if not bool(torch.isfinite(output).all()):
        return 0.0
    return float(recalls(output, y, task)[0].mean())


def score_of_loss(loss: float, task: Task) -> float:
    """Return where a loss lies between that of the best constant output, 0, and the least, 1."""
    assert task.span is not None
    zero, one = task.span
    if not math.isfinite(loss) or zero <= one:
        return -1.0
    return min(1.0, max(-1.0, (zero - loss) / (zero - one)))


def majority(y: Tensor, task: Task) -> float:
    """Return the accuracy of the most frequent class at all positions."""
    ids = y.reshape(-1)
    ids = ids[ids >= 0]
    return float(torch.bincount(ids).max()) / max(1, len(ids)) if task.kind == "positions" else 0.0
