"""Gradients that vanish or explode on their way through the layers.

r_l = |gradient| / |weight| of layer l. Vanishing: r of the first layer under a thousandth of the
last's. Exploding: not finite, or the first more than 70 times the last, or norms that grow more
than a hundredfold over the median of the first updates. All speak only where the outcome is poor
and a trial of the change helps: converged networks have small gradients too. Source: the
taxonomy, section 2.5 (ratios of AUTOTRAINER).
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median

import torch
from torch import nn

from learnscope.doctor.calls import with_activation
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import drawn_again
from learnscope.doctor.record import LayerStep
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup

VANISHED, EXPLODED, GROWN = 1e-3, 70.0, 100.0
SQUASHING = ("sigmoid", "tanh", "hardtanh", "softsign", "hardsigmoid")


class VanishingGradient(Rule):
    """The first layers get next to nothing."""

    slugs = ("vanishing-gradient",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        ratio = _ratio(case, early=True)
        if ratio is None or ratio >= VANISHED:
            return []
        closing = case.closing_call[1]
        squashes = any(c.name in SQUASHING and c.number != closing for c in case.heard.activations)
        change = "Use ReLU between the layers, with He's first weights."
        return [
            Suspicion(
                slug="vanishing-gradient",
                title=f"The gradient of the first layer is {ratio:.1g} of the last layer's",
                evidence=(
                    Evidence(what="|gradient| / |weight| of the first layer over the last's",
                             value=ratio, limit=VANISHED),
                    Evidence(what="layers with weights", value=len(case.weights)),
                ),
                why="On its way back the gradient is multiplied by each layer's slope: at most "
                "0.25 for a sigmoid, so 0.25^depth. The first layers stay as they were drawn.",
                changes=((change, lambda s: _relu(s, closing)),) if squashes else
                (("Draw the weights as He says.", lambda s: drawn_again(s, gain=2**0.5)),),
            )
        ]  # fmt: skip


def _relu(setup: Setup, spare: int) -> Setup:
    model = with_activation(setup.model, SQUASHING, torch.relu, spare if spare >= 0 else None)
    return drawn_again(replace(setup, model=model), gain=math.sqrt(2))


class ExplodingGradient(Rule):
    """Gradients that grow without limit."""

    slugs = ("exploding-gradient",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        norms = _norms(case.record.layers)
        if len(norms) < 3:
            return []
        finite = [n for n in norms if math.isfinite(n)]
        usual = median(finite[:8]) if finite else math.nan
        grown = max(finite, default=0.0) / usual if usual > 0 else math.inf
        ratio = _ratio(case, early=True) or 0.0
        recurrent = any(isinstance(m, nn.RNNBase) for m in case.setup.model.modules())
        # Without steps through time or a first gradient that is large already, norms grow because
        # the weights were thrown away: a rate that is too high.
        if ratio <= EXPLODED and not recurrent:
            return []
        if len(finite) == len(norms) and ratio <= EXPLODED and grown <= GROWN:
            return []
        clip = max(1.0, min(usual, 10.0)) if math.isfinite(usual) else 1.0
        return [
            Suspicion(
                slug="exploding-gradient",
                title="Gradients explode"
                + (" on their way through the steps of the sequence" if recurrent else ""),
                evidence=(
                    Evidence(what="greatest norm of the gradient over the usual one", value=grown,
                             limit=GROWN),
                    Evidence(what="|gradient| / |weight| of the first layer over the last's",
                             value=ratio, limit=EXPLODED),
                ),
                why="The gradient is multiplied by each layer's or step's weights on its way back: "
                "with a factor above 1 it grows like that factor to the power of the depth. One "
                "such step throws the weights far away.",
                changes=(
                    ("Clip the gradient: clip_grad_norm_(model.parameters(), 1.0).",
                     lambda s: replace(s, clip=clip)),
                    ("Draw smaller first weights: the layers' defaults.", drawn_again),
                ),
            )
        ]  # fmt: skip


def _ratio(case: Case, early: bool) -> float | None:
    """Return the median over sampled updates of the first layer's ratio over the last's."""
    names = [n for n, p in case.weights.items() if p.requires_grad and p.numel() > 1]
    if len(names) < 3:
        return None
    first, last = names[0], names[-1]
    by_step: dict[int, dict[str, float]] = {}
    for s in case.record.layers:
        if s.weight > 0 and math.isfinite(s.gradient):
            by_step.setdefault(s.step, {})[s.name] = s.gradient / s.weight
    found = [
        row[first] / row[last]
        for step, row in sorted(by_step.items())
        if first in row and last in row and row[last] > 0 and (not early or step < 10)
    ]
    return median(found) if found else None


def _norms(layers: tuple[LayerStep, ...]) -> list[float]:
    squares: dict[int, float] = {}
    for s in layers:
        squares[s.step] = squares.get(s.step, 0.0) + s.gradient**2
    return [math.sqrt(v) for _, v in sorted(squares.items())]
