"""Parameters that nobody steps: missing in the optimiser, unknown to the model, frozen. Exact.

Where the outcome is as good as that of cheap models, leaving parameters out is a choice (a frozen
backbone, a random feature layer), and a note. Source: the taxonomy, section 2.4.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import registered, unfrozen, with_all_parameters
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup

FROZEN = 0.5


class OptimizerMisses(Rule):
    """Trainable parameters that the optimiser does not have."""

    slugs = ("optimizer-misses-parameters",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        setup = case.setup
        stepped = {id(p) for g in setup.optimizer.param_groups for p in g["params"]}
        own = {n: p for n, p in setup.model.named_parameters() if p.requires_grad}
        missed = [n for n, p in own.items() if id(p) not in stepped]
        if not missed:
            return []
        known = {id(p) for p in setup.model.parameters()}
        foreign = len(stepped - known)
        everything = len(missed) == len(own)
        poor = everything or bool(case.trouble)
        words = "none" if everything else f"{len(own) - len(missed)} of {len(own)}"
        return [
            Suspicion(
                slug="optimizer-misses-parameters",
                title=f"The optimiser has {words} of the model's trainable parameters",
                evidence=(
                    Evidence(what="trainable parameters without an optimiser", value=len(missed),
                             limit=0),
                    Evidence(what="parameters in the optimiser that are not the model's",
                             value=foreign, limit=0),
                ),
                why="step() changes the parameters that the optimiser was given when it was made. "
                "Others stay at their first values, however large their gradients are.",
                changes=(("Make the optimiser from model.parameters(), after the model's last "
                          "change.", with_all_parameters),),
                severity="error" if poor else "note",
                alone=True,
                layers=tuple(missed[:8]),
            )
        ]  # fmt: skip


class Unregistered(Rule):
    """Parameters in the graph of the loss that model.parameters() does not give."""

    slugs = ("unregistered-parameters",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        found = unregistered(case.setup)
        stepped = {id(p) for g in case.setup.optimizer.param_groups for p in g["params"]}
        missed = [p for p in found if id(p) not in stepped]
        if not missed:
            return []
        shapes = ", ".join(str(tuple(p.shape)) for p in missed[:6])
        return [
            Suspicion(
                slug="unregistered-parameters",
                title=f"{len(missed)} parameters are used that the model does not know: {shapes}",
                evidence=(
                    Evidence(what="parameters in the graph that model.parameters() lacks",
                             value=len(missed), limit=0),
                ),
                why="Layers in a plain list or dictionary are not registered, so parameters() "
                "leaves them out. The optimiser never steps them, and they are neither saved nor "
                "moved to a device.",
                changes=(("Keep the layers in nn.ModuleList or nn.ModuleDict, and make the "
                          "optimiser after that.", _registered),),
                alone=True,
            )
        ]  # fmt: skip


def unregistered(setup: Setup) -> list[torch.Tensor]:
    """Return the leaves of the loss's graph that are neither the model's nor the loss's."""
    known = {id(p) for p in setup.model.parameters()}
    if isinstance(setup.loss, nn.Module):
        known |= {id(p) for p in setup.loss.parameters()}
    with quiet():
        loss = setup.loss(setup.model(setup.X[:8]), setup.y[:8])
    found: dict[int, Any] = {}
    waiting, seen = [loss.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None and id(leaf) not in known:
            found[id(leaf)] = leaf
        waiting += [n for n, _ in node.next_functions]
    return list(found.values())


def _registered(setup: Setup) -> Setup:
    return registered(setup, unregistered(setup))


class Frozen(Rule):
    """Most weights are not to be trained."""

    slugs = ("frozen-parameters",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        own = dict(case.setup.model.named_parameters())
        frozen = [n for n, p in own.items() if not p.requires_grad]
        share = sum(own[n].numel() for n in frozen) / max(1, sum(p.numel() for p in own.values()))
        if not frozen or (share <= FROZEN and not case.trouble):
            return []
        everything = len(frozen) == len(own)
        poor = everything or bool(case.trouble)
        return [
            Suspicion(
                slug="frozen-parameters",
                title=f"{100 * share:.0f} % of the weights have requires_grad = False",
                evidence=(Evidence(what="share of frozen weights", value=share, limit=FROZEN),),
                why="A parameter that asks for no gradient keeps its first, random value. What is "
                "trained can only combine what those random layers give.",
                changes=(("Call model.requires_grad_(True) before the optimiser is made.",
                          unfrozen),),
                severity="error" if poor else "note",
                alone=everything,
                layers=tuple(frozen[:8]),
            )
        ]  # fmt: skip


class Still(Rule):
    """An update that changes nothing: a rate of 0."""

    slugs = ("weights-do-not-move",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        groups = [g for g in case.setup.optimizer.param_groups if g["params"]]
        if not groups or any(float(g.get("lr", 1.0)) != 0 for g in groups):
            return []
        pushed = [s for s in case.record.layers if s.gradient > 0]
        if any(s.change > 0 for s in pushed):
            return []
        from learnscope.doctor.rules.base import option

        return [
            Suspicion(
                slug="weights-do-not-move",
                title="No weight moves: the learning rate is 0",
                evidence=(
                    Evidence(what="learning rate", value=0.0, limit="> 0"),
                    Evidence(what="greatest gradient of a weight matrix",
                             value=max((s.gradient for s in pushed), default=0.0)),
                    Evidence(what="greatest change of one", value=0.0, limit="> 0"),
                ),
                why="An update is the rate times a direction. With a rate of 0 the model stays "
                "as it was first drawn.",
                changes=tuple(option(f"Set the learning rate to {r:g}.", lr=r)
                              for r in usual_rates(case)),
                alone=True,
            )
        ]  # fmt: skip


def usual_rates(case: Case) -> tuple[float, ...]:
    """Return rates to try where nothing is known: PyTorch's default for Adam, 0.1 for SGD."""
    if isinstance(case.setup.optimizer, torch.optim.SGD):
        return (0.1, 0.01)
    return (3e-3, 1e-3)
