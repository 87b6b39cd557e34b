"""A graph that is cut: parameters on which the output depends get no gradient. Exact.

None is cut, 0 is dead: a parameter's gradient is None after backward on three batches although
the output changes when the parameter does. One that the output does not depend on is unused,
which is a note. Source: the taxonomy, section 2.4.
"""

from __future__ import annotations

import torch

from learnscope.doctor.calls import quiet, without_detach
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rebuild import with_all_parameters
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import main

BATCHES = 3


class DetachedGraph(Rule):
    """detach(), no_grad(), .data or a way through NumPy between a parameter and the loss."""

    slugs = ("detached-graph",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        without = _without_gradient(case.setup)
        cut = [n for n in without if _matters(case, n)]
        if not cut:
            return []
        own = sum(1 for p in case.setup.model.parameters() if p.requires_grad)
        change = "Leave out detach(), no_grad(), .data and NumPy between the layers and the loss."
        return [
            Suspicion(
                slug="detached-graph",
                title=f"{len(cut)} of {own} parameters get no gradient, although the output "
                f"depends on them",
                evidence=(
                    Evidence(what="parameters without a gradient that change the output",
                             value=len(cut), limit=0),
                ),
                why="detach(), no_grad() and values taken out as numbers cut the graph: the "
                "gradient of what lies before the cut is not 0 but missing. Those layers stay as "
                "they were first drawn.",
                changes=((change, _attached),),
                advice=change,
                alone=True,
                layers=tuple(cut[:8]),
            )
        ]  # fmt: skip


def _without_gradient(setup: Setup) -> list[str]:
    own = setup.copy()
    own.model.train()
    names = {n for n, p in own.model.named_parameters() if p.requires_grad}
    with quiet():
        for i in range(BATCHES):
            rows = slice(i * 8, i * 8 + 8)
            x, y = own.X[rows], own.y[rows]
            if len(x) < 2:
                break
            own.model.zero_grad(set_to_none=True)
            loss = own.loss(own.model(x), y)
            if not loss.requires_grad:
                return sorted(names)
            loss.backward()
            names &= {n for n, p in own.model.named_parameters() if p.grad is None}
    order = [n for n, _ in own.model.named_parameters()]
    return sorted(names, key=order.index)


def _matters(case: Case, name: str) -> bool:
    own = case.setup.copy()
    own.model.eval()
    with quiet(), torch.no_grad():
        before = main(own.model(case.x[:16]))
    with quiet(), torch.no_grad():
        parameter = dict(own.model.named_parameters())[name]
        scale = float(parameter.abs().mean()) or 1.0
        parameter.add_(scale * torch.randn(parameter.shape))
        after = main(own.model(case.x[:16]))
    return not torch.equal(before, after)


def _attached(setup: Setup) -> Setup:
    from dataclasses import replace

    fixed = replace(setup, model=without_detach(setup.model))
    if _without_gradient(fixed):
        raise ValueError("the cut cannot be undone from outside")
    return with_all_parameters(fixed)
