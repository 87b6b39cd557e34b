"""Rows that are sorted by class and not shuffled.

Shuffling is off, and neighbours have the same label more often by 0.3 than by chance, or the
labels within a batch have less than half of the entropy of all. Source: the taxonomy, 2.2.
"""

from __future__ import annotations

import math

import torch

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion, setting
from learnscope.doctor.task import class_ids

MORE, ENTROPY = 0.3, 0.5


class OrderedBatches(Rule):
    """Batches of one class after the other."""

    slugs = ("ordered-batches",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        setup, task = case.setup, case.task
        if setup.shuffle or setup.batch_size >= len(setup.X) or task.kind == "labels":
            return []
        if task.kind == "regression":
            y = setup.y.double().reshape(len(setup.y), -1)[:, 0]
            if y.std() == 0:
                return []
            z = (y - y.mean()) / y.std()
            runs, chance = float((z[1:] * z[:-1]).mean()), 0.0
            less = 1.0
        else:
            ids = class_ids(setup.y, task)
            shares = torch.bincount(ids).double() / len(ids)
            runs, chance = float((ids[1:] == ids[:-1]).double().mean()), float((shares**2).sum())
            batches = torch.split(ids, setup.batch_size)
            inner = sum(_entropy(b) for b in batches) / len(batches)
            less = inner / max(1e-9, _entropy(ids))
        if runs <= chance + MORE and less >= ENTROPY:
            return []
        return [
            Suspicion(
                slug="ordered-batches",
                title="The rows are sorted, and the batches are not shuffled",
                evidence=(
                    Evidence(what="neighbours with the same label", value=runs,
                             limit=chance + MORE),
                    Evidence(what="entropy of labels within a batch over that of all", value=less,
                             limit=ENTROPY),
                ),
                why="Each batch asks for one class, the next for another: the network answers with "
                "the class that it saw last. The gradient of a batch is no estimate of that of all "
                "rows.",
                changes=(setting("Shuffle the rows in each epoch: shuffle=True.", shuffle=True),),
            )
        ]  # fmt: skip


def _entropy(ids: torch.Tensor) -> float:
    shares = torch.bincount(ids).double() / max(1, len(ids))
    return -sum(float(p) * math.log(float(p)) for p in shares if p > 0)
