"""Decay, dropout and momentum that are too strong for the training.

Each speaks where the outcome is poor and a trial without it is better.
- Decay: rate x decay x updates above 3 shrinks weights by e^-3 where nothing holds them; with
  Adam's
  coupled decay any decay of 1e-3 or more is looked at, as the division by the gradient's size
  makes it pull alike everywhere.
- Dropout: fewer than four units left, or p above 0.5, from which on more is lost than kept.
- Momentum: fewer than 5 / (1 - beta) updates, the time it takes to forget. Source: the taxonomy.
"""

from __future__ import annotations

from dataclasses import replace

from torch import nn

from learnscope.doctor.calls import with_drop_rate
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion, option
from learnscope.doctor.setup import Setup

PULL, COUPLED = 3.0, 1e-3
KEPT, P = 4.0, 0.5


class Decay(Rule):
    """Weight decay."""

    slugs = ("weight-decay-too-strong",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        decay = max(
            (float(g.get("weight_decay", 0.0)) for g in case.setup.optimizer.param_groups),
            default=0.0,
        )
        pull = case.lr * decay * case.setup.n_updates
        if decay <= 0 or (pull <= PULL and decay < COUPLED):
            return []
        return [
            Suspicion(
                slug="weight-decay-too-strong",
                title=f"The weight decay {decay:.2g} holds the weights down",
                evidence=(
                    Evidence(what="rate x decay x updates", value=pull, limit=PULL),
                    Evidence(what="weight decay", value=decay),
                ),
                why="Decay shrinks each weight by the factor 1 - rate x decay in every update, or "
                "adds decay x w to its gradient. The weights settle where it balances the data, "
                "far below what the data ask for.",
                changes=(
                    option("Set weight_decay to 1e-4.", weight_decay=1e-4),
                    option("Leave the weight decay out.", weight_decay=0.0),
                ),
            )
        ]  # fmt: skip


class Dropout(Rule):
    """Dropout."""

    slugs = ("dropout-too-strong",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        worst = max(case.heard.drop_rates, default=0.0)
        widths = [c.output.reshape(len(c.output), -1).shape[1] for c in case.heard.layers[:-1]]
        kept = (1 - worst) * min(widths, default=0)
        if worst <= 0 or not (worst > P or kept < KEPT):
            return []
        return [
            Suspicion(
                slug="dropout-too-strong",
                title=f"Dropout of {worst:g} leaves about {kept:.0f} units",
                evidence=(
                    Evidence(what="probability of being dropped", value=worst, limit=P),
                    Evidence(what="units left of the narrowest layer", value=kept, limit=KEPT),
                ),
                why="An update sees the share 1 - p of the units, scaled up by 1 / (1 - p): the "
                "variance of what goes on grows by p / (1 - p). Too little is left to tell rows "
                "apart.",
                changes=(
                    ("Set the dropout to 0.1.", lambda s: _with_p(s, 0.1)),
                    ("Leave the dropout out.", lambda s: _with_p(s, 0.0)),
                ),
            )
        ]  # fmt: skip


def _with_p(setup: Setup, p: float) -> Setup:
    for module in setup.model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.p = p
    return replace(setup, model=with_drop_rate(setup.model, p))


class Momentum(Rule):
    """Momentum."""

    slugs = ("momentum-too-long",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        group = case.setup.optimizer.param_groups[0]
        betas = group.get("betas")
        beta = float(betas[0]) if betas else float(group.get("momentum", 0.0))
        need, updates = 5 / max(1e-12, 1 - beta), case.setup.n_updates
        if beta <= 0.9 or (updates >= need and beta < 0.99):
            return []
        change = (
            option("Set beta1 to 0.9.", betas=(0.9, betas[1]))
            if betas
            else option("Set the momentum to 0.9.", momentum=0.9)
        )
        return [
            Suspicion(
                slug="momentum-too-long",
                title=f"A momentum of {beta:g} remembers about {1 / max(1e-12, 1 - beta):,.0f} "
                f"updates, and there are {updates}",
                evidence=(
                    Evidence(what="updates", value=updates, limit=f"5 / (1 - beta) = {need:,.0f}"),
                    Evidence(what="momentum", value=beta),
                ),
                why="Momentum is a mean over about 1 / (1 - beta) updates. Where the training is "
                "not much longer than that, it is carried on by old gradients and overshoots.",
                changes=(change,),
            )
        ]  # fmt: skip
