"""Test rows that are training rows, were prepared otherwise, or have other labels.

- Leak, exact: more than 1 % of the test rows, and more than three times the rate of duplicates
  within the training rows, equal a training row, and a random split parts so many pairs by chance
  in less than 1 of 20 cases.
- Preparation: more than a fifth of the columns (and at least one) have a standardised mean gap
  above 0.5 or an sd ratio outside [0.5, 2], beyond four standard errors of so many test rows.
- Labels: ids that were never trained, or a relabelling that lifts the test accuracy by 0.3.
Source: the taxonomy, section 2.2.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from learnscope.arrays import Array
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.references import as_rows
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.rules.scales import columns_of
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import class_ids, decided
from learnscope.doctor.trial import Apply

LEAKED, TIMES = 0.01, 3.0
CHANCE = 0.05
"""Probability under which pairs on both sides are no accident of a random split."""
GAP, RATIO, COLUMNS, ERRORS = 0.5, 2.0, 0.2, 4.0
COPIES, OWN = 10, 0.9
"""Rows on both sides from which on they are no accident, and the share of different numbers of a
column that is measured."""
LIFT = 0.3


class TrainTestLeak(Rule):
    """Rows that are on both sides."""

    slugs = ("train-test-leak",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        setup = case.setup
        if setup.X_test is None:
            return []
        train, test = as_rows(setup.X), as_rows(setup.X_test)
        seen = {row.tobytes() for row in np.round(train, 6) + 0.0}
        both = [i for i, row in enumerate(np.round(test, 6) + 0.0) if row.tobytes() in seen]
        share, own = len(both) / len(test), 1 - len(seen) / len(train)
        copied = len(both) >= COPIES and _is_measured(train)
        if share <= (LEAKED if copied else max(LEAKED, TIMES * own)):
            return []
        other = {row.tobytes() for row in np.round(test, 6) + 0.0}
        twice = len(train) - len(seen) + len(test) - len(other)
        if (
            not copied
            and _by_chance(len(both), twice, len(test) / (len(train) + len(test))) > CHANCE
        ):
            return []
        return [
            Suspicion(
                slug="train-test-leak",
                title=f"{len(both)} of {len(test)} test rows are training rows",
                evidence=(
                    Evidence(what="share of test rows that equal a training row", value=share,
                             limit=LEAKED if copied else max(LEAKED, TIMES * own)),
                    Evidence(what="share of training rows that are there twice", value=own),
                ),
                why="A row that was trained on is answered from memory. The test score then says "
                "how well rows are known by heart, not how new rows are answered.",
                changes=(("Leave the rows that are in the test out of the training.", _apart),),
                alone=True,
                rows=tuple(both[:20]),
            )
        ]  # fmt: skip


def _is_measured(rows: Array) -> bool:
    """Whether a column is a measured number: nearly each row has its own.

    Rows of such numbers are not equal by accident, as rows of a few categories are. Where equal
    ones are in the training too they were copied, before the rows were divided.
    """
    different = np.unique(rows, axis=0)
    if len(different) < COPIES:
        return False
    return any(len(np.unique(column)) > OWN * len(different) for column in different.T)


def _by_chance(across: int, within: int, q: float) -> float:
    """Return the probability of so many pairs of equal rows across a random split, or more.

    A random split with a share q of test rows parts a pair with the probability 2 q (1 - q). So a
    single pair of equal rows (scikit-learn's iris has one) that lies on both sides says nothing.
    """
    from scipy.stats import binom

    return float(binom.sf(across - 1, across + within, 2 * q * (1 - q)))


def _apart(setup: Setup) -> Setup:
    assert setup.X_test is not None
    test = {row.tobytes() for row in np.round(as_rows(setup.X_test), 6) + 0.0}
    rows = np.round(as_rows(setup.X), 6) + 0.0
    kept = torch.tensor([i for i, row in enumerate(rows) if row.tobytes() not in test])
    if len(kept) < 10:
        # All rows are on both sides: divide them anew.
        order = torch.randperm(len(setup.X), generator=torch.Generator().manual_seed(0))
        cut = len(order) * 3 // 4
        a, b = order[:cut], order[cut:]
        return replace(setup, X=setup.X[a], y=setup.y[a], X_test=setup.X[b], y_test=setup.y[b])
    return replace(setup, X=setup.X[kept], y=setup.y[kept])


class TestPreparation(Rule):
    """Test inputs with other means and spreads."""

    slugs = ("test-preprocessing-differs",)
    stage = "outcome"
    __test__ = False

    def look(self, case: Case) -> list[Suspicion]:
        setup = case.setup
        if setup.X_test is None or not setup.X.is_floating_point():
            return []
        a, b = columns_of(setup.X).double(), columns_of(setup.X_test.to(setup.X.dtype)).double()
        mean, sd = a.mean(dim=0), a.std(dim=0)
        kept = sd > 1e-9
        if not bool(kept.any()) or len(b) < 5:
            return []
        n = len(setup.X_test)
        gap = ((b.mean(dim=0) - mean).abs() / sd.clamp(min=1e-9))[kept]
        ratio = (b.std(dim=0) / sd.clamp(min=1e-9))[kept]
        noise = ERRORS / math.sqrt(n)
        bad = (gap > max(GAP, noise)) | (ratio > RATIO * (1 + noise)) | (
            ratio < 1 / (RATIO * (1 + noise)))  # fmt: skip
        share = float(bad.float().mean())
        if share <= COLUMNS:
            return []
        record = case.record
        if "test" in record.scores and record.scores["train"] - record.scores["test"] < 0.05:
            return []
        if _drifts(a, (b.mean(dim=0) - mean)[kept][bad], kept.nonzero()[:, 0][bad]):
            return []
        return [
            Suspicion(
                slug="test-preprocessing-differs",
                title=f"{100 * share:.0f} % of the test columns have another mean or spread than "
                f"in training",
                evidence=(
                    Evidence(what="share of columns that differ", value=share, limit=COLUMNS),
                    Evidence(what="greatest gap of means, in sd of training",
                    value=float(gap.max()),
                             limit=GAP),
                    Evidence(what="ratio of spreads, the median", value=float(ratio.median()),
                             limit="0.5 to 2"),
                ),
                why="The network answers for inputs as it was trained on them. Test rows that were "
                "scaled by other numbers, or not at all, lie elsewhere for it.",
                changes=tuple(_ways(setup)),
                alone=True,
                columns=tuple(kept.nonzero()[:, 0][bad].tolist()[:20]),
            )
        ]  # fmt: skip


def _drifts(rows: Tensor, gap: Tensor, columns: Tensor) -> bool:
    """Whether the training rows move to the test rows by themselves, as a series with a trend does.

    Told from the first and the last third of the training rows, in their order: two thirds of the
    training apart. Half as far as to the test rows, on most columns, is a drift.
    """
    third = len(rows) // 3
    if third < 2:
        return False
    moved = (rows[-third:].mean(dim=0) - rows[:third].mean(dim=0))[columns]
    return float((moved * gap.sign() > gap.abs() / 2).double().mean()) > 0.5


def _ways(setup: Setup) -> list[tuple[str, Apply]]:
    words = "Prepare test rows with the numbers of the training rows: fit the scaler on training "
    words += "rows, transform both."

    def matched(own: Setup) -> Setup:
        assert own.X_test is not None
        x, test = own.X, own.X_test.to(own.X.dtype)
        axes = (0, 2, 3) if x.dim() == 4 else (0, 1) if x.dim() == 3 else (0,)
        mean, sd = x.mean(dim=axes, keepdim=True), x.std(dim=axes, keepdim=True)
        m, s = test.mean(dim=axes, keepdim=True), test.std(dim=axes, keepdim=True)
        s = torch.where(s > 0, s, torch.ones_like(s))
        return replace(own, X_test=(test - m) / s * sd + mean)

    return [(words, matched)]


class TestLabels(Rule):
    """Test labels that mean something else."""

    slugs = ("test-labels-differ",)
    stage = "outcome"
    __test__ = False

    def look(self, case: Case) -> list[Suspicion]:
        setup, task = case.setup, case.task
        if setup.X_test is None or setup.y_test is None or task.kind not in ("classes", "binary"):
            return []
        known = set(class_ids(setup.y, task).tolist())
        ids = class_ids(setup.y_test, task)
        new = set(ids.tolist()) - known
        if new and task.kind == "classes":
            return [
                _told(
                    f"Test rows have the classes {sorted(new)[:6]}, which no training row has",
                    (Evidence(what="unknown classes", value=len(new), limit=0),),
                    (),
                )
            ]
        if case.record.scores["train"] < 0.6:
            return []
        mapping, lift, p = _relabelled(case, ids)
        if lift <= LIFT or p >= 0.01:
            return []
        words = ", ".join(f"{a} is {b}" for a, b in list(mapping.items())[:6])
        return [
            _told(
                f"Test labels are those of the training under other names: {words}",
                (Evidence(what="accuracy gained by renaming", value=lift, limit=LIFT),
                 Evidence(what="probability of so much by chance", value=p, limit=0.01)),
                (("Use one encoder for both: the classes' numbers must be the same.",
                  _renamed(mapping)),),
            )
        ]  # fmt: skip


def _told(title: str, evidence: tuple[Evidence, ...], changes: tuple[tuple[str, Apply], ...]
          ) -> Suspicion:  # fmt: skip
    return Suspicion(
        slug="test-labels-differ",
        title=title,
        evidence=evidence,
        why="A class has one number in training and another in the test: right answers count as "
        "wrong ones. Two encoders that were fitted apart give that.",
        changes=changes,
        advice="Use one encoder for both.",
        alone=True,
    )


def _relabelled(case: Case, ids: Tensor) -> tuple[dict[int, int], float, float]:
    """Return the best renaming of the test labels, its gain, and the chance of such a gain."""
    from scipy.optimize import linear_sum_assignment

    from learnscope.doctor.calls import quiet
    from learnscope.doctor.task import main
    from learnscope.doctor.training import _Training

    own = case.setup.copy()
    assert own.X_test is not None
    with quiet(own.seed):
        training = _Training(own, case.task, own.epochs, 3.0, False)
        training.run()
        own.model.eval()
        with torch.no_grad():
            found = decided(main(own.model(own.X_test)), case.task)
    k = int(max(ids.max(), found.max())) + 1
    table = np.zeros((k, k))
    np.add.at(table, (ids.numpy(), found.reshape(-1).numpy()), 1)
    rows, columns = linear_sum_assignment(-table)
    n = len(ids)
    lift = (table[rows, columns].sum() - np.trace(table)) / n
    draws = np.random.default_rng(0)
    chance = []
    for _ in range(100):
        other = np.zeros((k, k))
        np.add.at(other, (draws.permutation(ids.numpy()), found.reshape(-1).numpy()), 1)
        r, c = linear_sum_assignment(-other)
        chance.append((other[r, c].sum() - np.trace(other)) / n)
    p = (1 + sum(v >= lift for v in chance)) / 101
    mapping = {int(a): int(b) for a, b in zip(rows, columns, strict=True) if table[a].sum()}
    return mapping, float(lift), 0.009 if p <= 1 / 101 else float(p)


def _renamed(mapping: dict[int, int]) -> Apply:
    def apply(setup: Setup) -> Setup:
        assert setup.y_test is not None
        y = setup.y_test.clone()
        for a, b in mapping.items():
            y[setup.y_test == a] = b
        return replace(setup, y_test=y)

    return apply
