"""A setup under examination: what rules look at, each thing worked out once, when first asked."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import Listening, quiet
from learnscope.doctor.clock import Deadline
from learnscope.doctor.record import Record
from learnscope.doctor.references import References, references
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import Task, main, majority
from learnscope.doctor.training import train_copy
from learnscope.doctor.understanding import understood

PROBE_ROWS = 256
"""Rows of a probe: the limit of the taxonomy for looks without training."""
LOSS_ROWS = 64
BASE_SHARE = 0.35
"""Share of the budget that the training of the program itself may take."""
MARGIN = 0.05
"""Difference of scores that counts, from the gate of the taxonomy."""
LOST = 0.1
"""Share of the cheap models' lead over a constant answer that a sound program may lack."""


class Case:
    """What is known of a setup.

    Args:
        setup: what is examined; it is not changed.
        deadline: when no new training begins.
    """

    def __init__(self, setup: Setup, deadline: Deadline) -> None:
        self.setup, self.deadline = setup, deadline
        self.notes: list[str] = []

    @property
    def left(self) -> float:
        """Seconds of the budget that are left."""
        return self.deadline.left

    @cached_property
    def rows(self) -> Tensor:
        """Places of the probe rows, drawn so that sorted data give all classes."""
        order = torch.Generator().manual_seed(1)
        return torch.randperm(len(self.setup.X), generator=order)[:PROBE_ROWS]

    @cached_property
    def x(self) -> Tensor:
        """Inputs of the probe rows."""
        return self.setup.X[self.rows]

    @cached_property
    def y(self) -> Tensor:
        """Targets of the probe rows."""
        return self.setup.y[self.rows]

    @cached_property
    def model(self) -> nn.Module:
        """A copy of the model, for probes that leave it as it is; in eval mode."""
        return self.setup.copy().model.eval()

    @cached_property
    def _forward(self) -> tuple[Any, Listening]:
        with quiet(), torch.no_grad(), Listening() as heard:
            return self.model(self.x), heard

    @property
    def whole_output(self) -> Any:
        """Whatever the model gives for the probe rows."""
        return self._forward[0]

    @property
    def output(self) -> Tensor:
        """The first tensor of it."""
        return main(self._forward[0])

    @property
    def heard(self) -> Listening:
        """Activations and layers of that forward pass."""
        return self._forward[1]

    @cached_property
    def is_plain(self) -> bool:
        """Whether the output is one tensor, so that a free tensor can stand in its place."""
        return isinstance(self.whole_output, Tensor)

    @cached_property
    def task(self) -> Task:
        """What is learned."""
        return understood(self.setup, self.whole_output, self.x, self.y)

    @cached_property
    def closing(self) -> str:
        """The activation whose output is the model's output, "" for none."""
        return self.closing_call[0]

    @cached_property
    def closing_call(self) -> tuple[str, int]:
        """Its name and its place among the activations; ("", -1) for none."""
        if not self.heard.activations:
            return "", -1
        last, output = self.heard.activations[-1], self.output
        same = last.output.data_ptr() == output.data_ptr() and last.output.numel() == output.numel()
        return (last.name, last.number) if same else ("", -1)

    def loss(self, output: Tensor, y: Tensor) -> Tensor:
        """Return the loss of any output, a scalar."""
        value = self.setup.loss(output, y)
        if not isinstance(value, Tensor):
            raise TypeError("the loss is no tensor")
        return value.sum() if value.dim() else value

    @cached_property
    def record(self) -> Record:
        """The program's own training, as it is."""
        seconds = max(0.5, BASE_SHARE * self.left)
        found = train_copy(self.setup, task=self.task, seconds=seconds)
        if found.epochs < self.setup.epochs and found.finite:
            self.notes.append(
                f"The training was looked at for {found.epochs} of {self.setup.epochs} epochs: the "
                "budget allows no more."
            )
        return found

    @cached_property
    def references(self) -> References | None:
        """Scores of cheap models on the same data."""
        try:
            return references(self.setup, self.task)
        except (ValueError, MemoryError):
            return None

    @property
    def n_judged(self) -> int:
        """Rows that the judged score is over."""
        return len(self.setup.y_test) if self.setup.y_test is not None else len(self.setup.y)

    def margin(self, score: float) -> float:
        """Return the difference from a score that counts: 0.05, or two standard errors.

        Those of an accuracy are sqrt(p (1 - p) / n), those of an R2 about 2 R (1 - R2) / sqrt(n)
        (Olkin and Finn, 1995).
        """
        p = min(max(score, 0.0), 1.0)
        if self.task.kind == "regression":
            return max(MARGIN, 4 * math.sqrt(p) * (1 - p) / math.sqrt(max(1, self.n_judged)))
        return max(MARGIN, 2 * math.sqrt(p * (1 - p) / max(1, self.n_judged)))

    def below(self, found: References) -> float:
        """Return the score under which an outcome is poor beside cheap models.

        Both the margin and a tenth of what they know more than a constant answer are given away:
        0.90 where they reach 0.97 of ten classes is a program that learns and could do better, not
        one that does not learn.
        """
        return found.best - max(self.margin(found.best), LOST * (found.best - found.constant))

    @cached_property
    def trouble(self) -> str:
        """Why the outcome is poor, "" where it is not: gate G of the taxonomy."""
        return trouble_of(self, self.record)

    @cached_property
    def trainable(self) -> dict[str, nn.Parameter]:
        """Name -> parameter, of those that are to be trained."""
        return {n: p for n, p in self.model.named_parameters() if p.requires_grad}

    @cached_property
    def weights(self) -> dict[str, nn.Parameter]:
        """Name -> weight matrix or kernel, in the order of the model."""
        norms = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)
        own = {f"{n}." for n, m in self.model.named_modules() if isinstance(m, norms)}
        return {
            n: p
            for n, p in self.model.named_parameters()
            if p.dim() >= 2 and not any(n.startswith(o) for o in own)
        }

    @property
    def lr(self) -> float:
        """The learning rate of the first group of parameters."""
        groups = self.setup.optimizer.param_groups
        return float(groups[0].get("lr", 1.0)) if groups else 0.0

    def with_setup(self, **changes: Any) -> Case:
        """Return a case of a changed setup, with the same deadline."""
        return Case(replace(self.setup, **changes), self.deadline)


def trouble_of(case: Case, record: Record) -> str:
    """Say what is poor about an outcome, "" where nothing is."""
    if not record.finite:
        return "the loss is not finite"
    train, test = record.scores["train"], record.scores.get("test")
    found = case.references
    if found is not None:
        least = case.below(found)
        # Training targets may be noisier than the test's: what answers new rows well is not poor.
        if train < least and (test is None or test < least):
            return f"the training score {train:.3g} is below the {found.best:.3g} of cheap models"
        if test is not None and test < least:
            return f"the test score {test:.3g} is below the {found.best:.3g} of cheap models"
    elif case.task.reconstruction and train < 0.5:
        return f"the reconstruction explains {train:.3g} of the variance"
    if found is not None and (train if test is None else test) < found.constant + 2 * MARGIN:
        if found.best < found.constant + MARGIN and found.constant < 0.9:
            return "neither the program nor cheap models do better than a constant answer"
    if test is not None and train - test > max(0.1, 1.5 * case.margin(test)):
        return f"the test score {test:.3g} is far below the training score {train:.3g}"
    if case.task.kind == "positions":
        constant = majority(case.setup.y, case.task)
        if train < constant + MARGIN and constant < 0.9:
            return f"the training score {train:.3g} is that of one class everywhere, {constant:.3g}"
    if found is None and record.epoch_losses and not case.task.reconstruction:
        first, last = record.losses[0], record.epoch_losses[-1]
        if last > 0.9 * first and train < 0.9:
            return "the loss does not fall"
    return ""


def quality(record: Record) -> float:
    """Return the score by which trainings are compared: the lower of training and test score."""
    if not record.finite:
        return -1.0
    return min(record.scores["train"], record.scores.get("test", math.inf))
