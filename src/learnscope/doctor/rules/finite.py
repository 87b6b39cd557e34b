"""Data that are not finite: exact. Any NaN makes all sums NaN that it takes part in."""

import torch

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup


class NonFiniteData(Rule):
    """NaN or infinite numbers in inputs or targets."""

    slugs = ("non-finite-data",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        setup = case.setup
        parts = (("X", setup.X), ("y", setup.y), ("X_test", setup.X_test), ("y_test", setup.y_test))
        counts: list[tuple[str, int]] = []
        rows: list[int] = []
        columns: list[int] = []
        for name, values in parts:
            if values is None or not values.is_floating_point():
                continue
            bad = ~torch.isfinite(values).reshape(len(values), -1)
            if not bool(bad.any()):
                continue
            counts.append((name, int(bad.sum())))
            if name in ("X", "y"):
                rows += bad.any(dim=1).nonzero()[:20, 0].tolist()
            if name == "X":
                columns += bad.any(dim=0).nonzero()[:20, 0].tolist()
        if not counts:
            return []
        text = ", ".join(f"{n} in {name}" for name, n in counts)
        return [
            Suspicion(
                slug="non-finite-data",
                title=f"The data hold numbers that are not finite: {text}",
                evidence=tuple(Evidence(what=f"not finite in {n}", value=k, limit=0)
                               for n, k in counts),
                why="A loss over a batch with one NaN is NaN, and so are all gradients of it. "
                "After one update every weight is NaN.",
                changes=(("Fill missing inputs with the training mean of their column, and leave "
                          "out rows without a target.", _filled),),
                alone=True,
                rows=tuple(dict.fromkeys(rows)),
                columns=tuple(dict.fromkeys(columns)),
            )
        ]  # fmt: skip


def _filled(setup: Setup) -> Setup:
    from dataclasses import replace

    mean = torch.where(torch.isfinite(setup.X), setup.X, torch.zeros_like(setup.X)).sum(dim=0)
    mean = mean / torch.isfinite(setup.X).sum(dim=0).clamp(min=1)

    def whole(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.where(torch.isfinite(x), x, mean)
        if not y.is_floating_point():
            return x, y
        kept = torch.isfinite(y).reshape(len(y), -1).all(dim=1)
        return x[kept], y[kept]

    x, y = whole(setup.X, setup.y)
    changed = replace(setup, X=x, y=y)
    if setup.X_test is not None and setup.y_test is not None:
        x_test, y_test = whole(setup.X_test, setup.y_test)
        changed = replace(changed, X_test=x_test, y_test=y_test)
    return changed
