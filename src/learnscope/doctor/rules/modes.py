"""Eval mode that is not honoured, and running statistics that are not those of the data.

- Two forward passes in eval mode differ by more than 1e-6: exact. Sampling models are named, as a
  note, where no dropout draws.
- A BatchNorm or dropout layer in eval mode after model.train(): exact, told where the outcome is
  poor, as a frozen backbone is kept so on purpose.
- BatchNorm: the score in training mode is more than 0.1 above that in eval mode on the same rows,
  or the share (1 - momentum)^updates of the first statistics is above 0.1. Source: the taxonomy.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from learnscope.doctor.calls import Listening, quiet, with_dropout_that_listens
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion, of_model
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import main, score_of

SAME, APART, REST = 1e-6, 0.1, 0.1
TWO_MODES = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
"""Layers that do different things in the two modes."""


class EvalModeIgnored(Rule):
    """Random outputs in eval mode."""

    slugs = ("eval-mode-ignored",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        x = case.x[:64]
        with quiet(), torch.no_grad(), Listening() as heard:
            one, other = (main(case.model(x)) for _ in range(2))
        apart = float((one - other).abs().max())
        if not apart > SAME * max(1.0, float(one.abs().max())):
            return []
        dropout = heard.dropped_in_eval > 0
        change = "Give the mode on: F.dropout(x, p, training=self.training), or use nn.Dropout."
        return [
            Suspicion(
                slug="eval-mode-ignored",
                title="Outputs in eval mode are random"
                + (": dropout is always on" if dropout else ""),
                evidence=(
                    Evidence(what="greatest difference of two passes in eval mode", value=apart,
                             limit=SAME),
                    Evidence(what="dropouts that were on", value=heard.dropped_in_eval // 2,
                             limit=0),
                ),
                why="F.dropout drops by default, whatever the mode of the model: training=True "
                "is its default. Predictions then have the noise of training in them, and differ "
                "from call to call.",
                changes=(of_model(change, lambda s: with_dropout_that_listens(s.model)),)
                if dropout else (),
                advice="Draw in training mode only, and use the mean in eval mode.",
                severity="error" if dropout else "note",
                alone=True,
            )
        ]  # fmt: skip


class TrainsInEvalMode(Rule):
    """Layers that stay in eval mode when the model is put into training mode."""

    slugs = ("training-in-eval-mode",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        model = case.setup.copy().model.train()
        still = [
            name or type(module).__name__
            for name, module in model.named_modules()
            if not module.training and isinstance(module, TWO_MODES)
        ]
        # A backbone whose BatchNorm is kept as it was trained is sound.
        if not still or not case.trouble:
            return []
        change = "Leave train() as nn.Module has it, and call model.train() before each epoch."
        return [
            Suspicion(
                slug="training-in-eval-mode",
                title=f"After model.train() {len(still)} layers are in eval mode: "
                f"{', '.join(still[:3])}",
                evidence=(
                    Evidence(what="dropout and normalising layers in eval mode in the training",
                             value=len(still), limit=0),
                ),
                why="In eval mode BatchNorm divides by running statistics, which are then never "
                "measured: they stay at mean 0 and variance 1, whatever the inputs are. Dropout "
                "drops nothing.",
                changes=(of_model(change, lambda s: _Follows(s.model)),),
                alone=True,
                layers=tuple(still[:8]),
            )
        ]  # fmt: skip


class _Follows(nn.Module):
    """A model whose parts are all in the mode that it is in itself."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        for module in self.inner.modules():
            module.training = self.training
        return self.inner(*args, **kwargs)


class BatchNormStatistics(Rule):
    """BatchNorm answers otherwise in eval mode."""

    slugs = ("batchnorm-statistics",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        norms = [
            m for m in case.setup.model.modules()
            if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.track_running_stats
        ]  # fmt: skip
        if not norms:
            return []
        momentum = norms[0].momentum
        updates = case.setup.n_updates
        rest = 0.0 if momentum is None else (1 - momentum) ** updates
        small = case.setup.batch_size <= 4
        if rest <= REST and not small:
            return []
        changes = []
        if rest > REST:
            changes.append(("Use momentum = 0.1 in BatchNorm, its default.", _usual_momentum))
        if small:
            changes.append(("Use batches of 32 rows.", _larger_batches))
        return [
            Suspicion(
                slug="batchnorm-statistics",
                title="BatchNorm's running statistics are not those of the data",
                evidence=(
                    Evidence(what="share of the first statistics that is left", value=rest,
                             limit=REST),
                    Evidence(what="rows of a batch", value=case.setup.batch_size, limit="> 4"),
                    *_apart(case),
                ),
                why="In eval mode BatchNorm uses running means, to which each update adds the "
                "share `momentum`; (1 - momentum)^updates of the first ones is left. The network "
                "was trained with the statistics of its batches and is judged with others.",
                changes=tuple(changes),
            )
        ]  # fmt: skip


def _apart(case: Case) -> tuple[Evidence, ...]:
    """Return the scores of a short training's end in both modes."""
    own = case.setup.copy()
    with quiet(), torch.no_grad():
        own.model.train()
        trained = score_of(main(own.model(case.x)), case.y, case.task)
    return (Evidence(what="score of the first weights in training mode", value=trained),)


def _usual_momentum(setup: Setup) -> Setup:
    for module in setup.model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = 0.1
    return setup


def _larger_batches(setup: Setup) -> Setup:
    from dataclasses import replace

    return replace(setup, batch_size=min(32, len(setup.X)))
