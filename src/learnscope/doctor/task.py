"""What a program is to learn, read from its targets and outputs, and how well it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

Kind = Literal["classes", "binary", "labels", "regression"]

FEW_VALUES = 20
"""Different whole targets up to which they may be class ids (the limit of the taxonomy)."""
RATIO = 5.0
"""How many times rarer a class must be for scores to be balanced (see the rule of imbalance)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What is learned.

    Attributes:
        kind: "classes", k scores and a class id for each row; "binary", one score and 0 or 1;
            "labels", several yes or no; "regression", numbers.
        n_classes: classes, 0 for a regression.
        reconstruction: whether the targets are the inputs.
        one_hot: whether class targets come as rows of 0 and 1.
        maybe_ids: a regression whose targets look like class ids.
    """

    kind: Kind
    n_classes: int = 0
    reconstruction: bool = False
    one_hot: bool = False
    maybe_ids: bool = False

    @property
    def score(self) -> str:
        """What is measured."""
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


def task_of(output: Tensor, X: Tensor, y: Tensor) -> Task:
    """Return the task, from outputs (b, ...) of some rows and all inputs and targets."""
    width = output.reshape(len(output), -1).shape[1] if len(output) else 1
    flat = y.reshape(len(y), -1)
    same_shape = X.numel() == y.numel() and len(X) == len(y)
    if same_shape and y.is_floating_point() and flat.shape[1] > 1:
        if torch.equal(X.reshape(len(X), -1).to(y.dtype), flat):
            return Task(kind="regression", reconstruction=True)
    whole = not y.is_floating_point() or bool((flat == flat.round()).all())
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
    return Task(kind="regression")


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
    flat = output.reshape(len(output), -1)
    if task.kind == "regression":
        return flat
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
