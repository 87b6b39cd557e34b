"""Test images that are turned, mirrored, or have their channels in another order.

Means and spreads of channels do not show it; the mean image does. Per pixel the squared distance
of the test rows' mean from the training rows' one, over its variance of so many rows, is 1 on
average where both come from one source. Suspected where it is above 3 and a turn halves it; told
where the turned test rows are answered better. Source: the taxonomy, section 2.2 (preparation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from learnscope.doctor.case import MARGIN, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup

FAR, BETTER = 3.0, 0.5

Turn = Callable[[Tensor], Tensor]
"""Maps images (n, c, h, w) to turned ones."""

TURNS: dict[str, Turn] = {
    "transposed": lambda x: x.transpose(2, 3),
    "upside down": lambda x: x.flip(2),
    "mirrored": lambda x: x.flip(3),
    "turned by 180 degrees": lambda x: x.flip(2, 3),
    "turned by 90 degrees": lambda x: torch.rot90(x, 1, (2, 3)),
    "turned by 270 degrees": lambda x: torch.rot90(x, 3, (2, 3)),
    "with channels in reverse": lambda x: x.flip(1),
}


class TurnedImages(Rule):
    """Test images that lie otherwise than training images."""

    slugs = ("test-preprocessing-differs",)
    stage = "outcome"

    def look(self, case: Case) -> list[Suspicion]:
        x, test = case.setup.X, case.setup.X_test
        if x.dim() != 4 or test is None or test.shape[1:] != x.shape[1:] or len(test) < 20:
            return []
        scores = case.record.scores
        if not x.is_floating_point() or scores["train"] - scores.get("test", 1.0) < MARGIN:
            return []
        as_is = _distance(x, test)
        found = {
            name: _distance(x, turn(test))
            for name, turn in TURNS.items()
            if turn(test[:1]).shape == x[:1].shape
        }
        best = min(found, key=lambda name: found[name])
        if as_is < FAR or found[best] > BETTER * as_is:
            return []
        words = f"Prepare test images as training images: they fit better {best}."
        return [
            Suspicion(
                slug="test-preprocessing-differs",
                title=f"Test images fit the training images better {best}",
                evidence=(
                    Evidence(what="squared distance of the mean images, in its expectation",
                             value=as_is, limit=FAR),
                    Evidence(what=f"the same with test images {best}", value=found[best]),
                ),
                why="A network answers for pixels at the places where it was trained on them. "
                "Images that another reader turned or mirrored are other images for it.",
                changes=((words, _turned(TURNS[best])),),
            )
        ]  # fmt: skip


def _distance(x: Tensor, test: Tensor) -> float:
    """Return the mean over pixels of (difference of means)^2 over its variance."""
    a, b = x.double(), test.double()
    variance = a.var(dim=0) * (1 / len(a) + 1 / len(b))
    known = variance > 1e-12
    gap = (a.mean(dim=0) - b.mean(dim=0)).square()
    return float((gap[known] / variance[known]).mean()) if bool(known.any()) else 0.0


def _turned(turn: Turn) -> Callable[[Setup], Setup]:
    def apply(setup: Setup) -> Setup:
        assert setup.X_test is not None
        return replace(setup, X_test=turn(setup.X_test).contiguous())

    return apply
