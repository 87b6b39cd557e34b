"""What a program is to learn, with how its outputs are read."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from learnscope.doctor.fitting import fit_free
from learnscope.doctor.reading import reading_of
from learnscope.doctor.setup import Loss, Setup
from learnscope.doctor.task import Task, main, score_of, task_of

ROWS = 64
READ = 0.95
"""Score of fitted outputs that are the answers themselves, from the taxonomy."""


def understood(setup: Setup, whole: object, x: Tensor, y: Tensor) -> Task:
    """Return the task of a setup.

    Args:
        setup: what is examined.
        whole: what the model gives for some rows; a tensor, or a tuple of which the first counts.
        x: those rows.
        y: their targets.
    """
    found = _read(setup, whole, x, y)
    if found.span is not None or _has_score(main(whole), y, found):
        return found
    # Outputs and targets of forms that only the loss can pair.
    return _by_first_loss(setup.loss, whole, y, Task(kind="regression"))


def _has_score(output: Tensor, y: Tensor, task: Task) -> bool:
    try:
        score_of(output, y, task)
    except (RuntimeError, ValueError, IndexError):
        return False
    return True


def _read(setup: Setup, whole: object, x: Tensor, y: Tensor) -> Task:
    output = main(whole)
    task = task_of(output, setup.X, setup.y, rows=len(x))
    if task.kind != "regression" or task.reconstruction:
        return task
    like, target = output[:ROWS], y[:ROWS]
    if not isinstance(whole, Tensor):
        return task if output.numel() == y.numel() else _by_first_loss(setup.loss, whole, y, task)
    free = fit_free(setup.loss, like, target)
    if free is None or not bool(torch.isfinite(free.output).all()):
        return task
    if score_of(free.output, target, task) >= READ:
        return task
    found = reading_of(free.output, target)
    if found is not None:
        return replace(task, reading=found)
    if like.shape != target.shape and like.numel() != target.numel():
        constant = fit_free(setup.loss, like, target, constant=True)
        if constant is not None:
            return replace(task, span=(min(constant.losses), min(free.losses)))
    return task


def _by_first_loss(loss: Loss, whole: object, y: Tensor, task: Task) -> Task:
    """Return the task scored from the loss before the training down to 0."""
    with torch.no_grad():
        first = float(loss(whole, y).sum())
    return replace(task, span=(first, min(0.0, first - abs(first))))
