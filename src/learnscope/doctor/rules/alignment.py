"""Targets that do not belong to their rows.

Three-fold scores of nearest neighbours and a linear model (on ranks of numbers) against 20
permutations of the targets: no better than these (p > 0.1) says that no relation is to be found.
Then the targets shifted by -5 to 5 rows: a shift that is better by 0.1, and better than any
permutation, is exact. Without one, it is told only where the test rows have a relation that the
training rows lack, or none has any. Source: the taxonomy, section 2.2.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import torch

from learnscope.arrays import Array
from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence, Severity
from learnscope.doctor.references import _narrowed, as_rows
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import class_ids, unique
from learnscope.doctor.trial import Apply

SHIFTS = (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)
BETTER = 0.1
DRAWS, FIRST = 20, 3
SURE = 2.5
"""Standard deviations of shuffled scores beyond which a relation is sure, with 20 draws."""
MOST = 600


class Misaligned(Rule):
    """Targets shifted or shuffled against their rows."""

    slugs = ("misaligned-targets",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if case.task.reconstruction or case.task.kind == "labels" or len(case.setup.X) < 40:
            return []
        known = case.references
        if known is not None and known.best > known.constant + 2 * BETTER:
            return []  # Cheap models of these rows do well on others.
        x = as_rows(case.setup.X)
        regression = case.task.kind == "regression"
        y = (_ranks(as_rows(case.setup.y)[:, 0]) if regression
             else class_ids(case.setup.y, case.task).numpy().astype(float))  # fmt: skip
        if not np.isfinite(x).all() or not np.isfinite(y).all() or y.std() == 0:
            return []
        x, y = _narrowed(x[:MOST], x[:1])[0], y[:MOST]
        here = cheap_score(x, y, regression)
        draws = np.random.default_rng(0)
        chance = [cheap_score(x, draws.permutation(y), regression) for _ in range(FIRST)]
        if here > max(chance) + BETTER or case.left <= 0:
            return []  # A relation that is plain needs no more draws.
        chance += [cheap_score(x, draws.permutation(y), regression) for _ in range(DRAWS - FIRST)]
        shifted = {s: cheap_score(x, np.roll(y, s), regression) for s in SHIFTS}
        best = max(shifted, key=lambda s: shifted[s])
        p = (1 + sum(c >= here for c in chance)) / (DRAWS + 1)
        evidence = (
            Evidence(what="score of cheap models on the rows as they are", value=here),
            Evidence(what="greatest score with targets shuffled", value=max(chance)),
            Evidence(what=f"score with targets shifted by {best}", value=shifted[best]),
        )
        if shifted[best] > here + BETTER and shifted[best] > max(chance) + BETTER / 2:
            return [self._told(f"Targets belong to rows {abs(best)} "
                               f"{'later' if best < 0 else 'earlier'}: they are shifted",
                               evidence, ((f"Shift the targets by {best}, or zip both once.",
                                           _rolled(best)),), alone=True)]  # fmt: skip
        spread = float(np.std(chance)) or 1e-9
        if _learned(case):
            return []  # The program itself answers new rows better than a constant does.
        if p <= 0.1 and here > float(np.mean(chance)) + SURE * spread:
            return []
        # Targets of nothing but noise look the same: it is told, and not called an error.
        severity: Severity = "error" if self._test_relation(case, regression) else "warning"
        return [
            self._told("The targets have no relation to their rows that cheap models could find",
                       (*evidence, Evidence(what="share of shuffled targets that score as well",
                                            value=p, limit=0.1)), (), alone=True, severity=severity)
        ]  # fmt: skip

    def _test_relation(self, case: Case, regression: bool) -> bool | None:
        """Whether test rows have a relation of their own; None where they cannot tell."""
        setup = case.setup
        if setup.X_test is None or setup.y_test is None or len(setup.X_test) < 40:
            return None
        x = as_rows(setup.X_test)
        y = (_ranks(as_rows(setup.y_test)[:, 0]) if regression
             else class_ids(setup.y_test, case.task).numpy().astype(float))  # fmt: skip
        draws = np.random.default_rng(1)
        here = cheap_score(x, y, regression)
        chance = [cheap_score(x, draws.permutation(y), regression) for _ in range(DRAWS)]
        return here > max(chance) + BETTER / 2

    def _told(
        self,
        title: str,
        evidence: tuple[Evidence, ...],
        changes: tuple[tuple[str, Apply], ...],
        alone: bool,
        severity: Severity = "error",
    ) -> Suspicion:
        return Suspicion(
            slug="misaligned-targets",
            title=title,
            evidence=evidence,
            why="A target that belongs to another row is noise for this one: what is learned is "
            "the mean. Arrays that were sorted, shuffled or cut apart from each other do that.",
            changes=changes,
            advice="Keep inputs and targets together: one table, one shuffle, one split.",
            alone=alone,
            severity=severity,
        )


def _ranks(y: Array) -> Array:
    """Return ranks, so that a few targets far from the others do not hide a relation."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(y), dtype=np.float64)


def _learned(case: Case) -> bool:
    """Whether the test score is above a constant answer's by three standard errors or more."""
    test, found = case.record.scores.get("test"), case.references
    if test is None or found is None:
        return False
    return test > found.constant + 1.5 * case.margin(test)


def cheap_score(x: Array, y: Array, regression: bool) -> float:
    """Return the better three-fold score of neighbours and a linear model, of 600 rows at most."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = x[:MOST], y[:MOST]
    x, _ = _narrowed(x, x[:1])
    x = x[:, :50]
    models = (
        (KNeighborsRegressor(5), Ridge())
        if regression
        else (KNeighborsClassifier(5), LogisticRegression(max_iter=30))
    )
    folds = KFold(3, shuffle=True, random_state=0)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in models:
            try:
                scores = cross_val_score(make_pipeline(StandardScaler(), model), x, y, cv=folds)
                found.append(float(np.nanmean(scores)))
            except ValueError:
                continue
    return max(found, default=0.0)


def _rolled(shift: int) -> Apply:
    def apply(setup: Setup) -> Setup:
        kept = slice(max(0, shift), len(setup.y) + min(0, shift))
        y = torch.roll(setup.y, shift, dims=0)
        changed = replace(setup, X=setup.X[kept], y=y[kept])
        if setup.X_test is not None and setup.y_test is not None:
            # The test rows were cut from the same arrays: shifted alike, where that is better.
            regression = setup.y.is_floating_point() and len(unique(setup.y)) > 20
            x, own = as_rows(setup.X_test), setup.y_test.reshape(len(setup.y_test), -1)[:, 0]
            other = torch.roll(own, shift)
            if cheap_score(x, other.double().numpy(), regression) > cheap_score(
                x, own.double().numpy(), regression
            ):
                inner = slice(max(0, shift), len(own) + min(0, shift))
                rolled = torch.roll(setup.y_test, shift, dims=0)
                changed = replace(changed, X_test=setup.X_test[inner], y_test=rolled[inner])
        return changed

    return apply
