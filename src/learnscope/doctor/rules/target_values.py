"""Targets outside the range of a loss, and class ids under a loss for numbers.

- Binary cross-entropy with targets outside [0, 1] has no least value: -t log p - (1 - t) log(1 - p)
  falls without end for t > 1. Exact: the loss of free outputs runs away.
- Three to twenty whole targets and one output under a squared error: classes taken for numbers.
  Told where a classifier is right more often, by 0.1, than the rounded outputs. Ordered classes
  have no such lead. Source: the taxonomy, section 2.3.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.references import as_rows
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.rules.free_fit import free_fit
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import unique
from learnscope.doctor.trial import Apply

LEAD = 0.1


class BelowFloor(Rule):
    """Targets of a binary cross-entropy that are not in [0, 1]."""

    slugs = ("loss-below-floor",)
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        y = case.setup.y
        if not case.is_plain or not y.is_floating_point():
            return []
        values = unique(y)
        if len(values) > 20 or (float(values.min()) >= 0 and float(values.max()) <= 1):
            return []
        if not _is_binary_cross_entropy(case):
            return []
        low, high = float(values.min()), float(values.max())
        fit = free_fit(case, case.setup.loss)
        changes = ((f"Map the targets to 0 and 1: (y - {low:g}) / {high - low:g}.",
                    _mapped(low, high)),)  # fmt: skip
        return [
            Suspicion(
                slug="loss-below-floor",
                title=f"The targets lie from {low:g} to {high:g}, and the loss wants 0 to 1",
                evidence=(
                    Evidence(what="targets lie between", value=f"{low:g} and {high:g}",
                             limit="0 and 1"),
                    *(() if fit is None else (Evidence(what="loss of free outputs after 200 steps",
                                                       value=fit.last, limit=0.0),)),
                ),
                why="Binary cross-entropy -t log p - (1 - t) log(1 - p) is bounded below for t in "
                "[0, 1] only. Outside, the best output is an infinite one, and the loss falls "
                "below 0.",
                changes=changes,
                alone=True,
            )
        ]  # fmt: skip


def _is_binary_cross_entropy(case: Case) -> bool:
    """Whether the loss is log(1 + e^z) - t z, or that of probabilities, at two places."""
    output = torch.zeros_like(case.output[:1]).double()
    for z, p in ((0.0, 0.5), (1.5, 1 / (1 + np.exp(-1.5)))):
        for place in (z, p):
            found = []
            for t in (0.0, 1.0):
                try:
                    found.append(float(case.loss(output + place, torch.full_like(output, t))))
                except (RuntimeError, ValueError):
                    break
            wanted = [-np.log(1 - p), -np.log(p)]
            if len(found) == 2 and np.allclose(np.array(found) / output.numel(), wanted, 1e-3):
                return True
            if len(found) == 2 and np.allclose(found, wanted, rtol=1e-3):
                return True
    return False


def _mapped(low: float, high: float) -> Apply:
    def apply(setup: Setup) -> Setup:
        test = None if setup.y_test is None else (setup.y_test - low) / (high - low)
        return replace(setup, y=(setup.y - low) / (high - low), y_test=test)

    return apply


class ClassIdsAsNumbers(Rule):
    """Class ids learned as numbers."""

    slugs = ("wrong-loss",)
    stage = "symptom"

    def look(self, case: Case) -> list[Suspicion]:
        if not case.task.maybe_ids or case.output.reshape(len(case.output), -1).shape[1] != 1:
            return []
        y = case.setup.y.reshape(len(case.setup.y), -1)[:, 0].round().long()
        classifier, rounded = _leads(case, y)
        if classifier < rounded + LEAD:
            return []
        k = int(y.max()) + 1
        return [
            Suspicion(
                slug="wrong-loss",
                title=f"{k} class ids are learned as numbers, with one output",
                evidence=(
                    Evidence(what="different targets, all whole", value=len(unique(y)), limit=20),
                    Evidence(what="accuracy of trees that tell classes apart", value=classifier),
                    Evidence(what="accuracy of trees that give a number, rounded", value=rounded),
                ),
                why="A squared error puts class 1 between 0 and 2, which says something about the "
                "classes only if they are ordered. A row between class 0 and class 2 is answered "
                "with 1.",
                changes=((f"Use {k} outputs and cross-entropy on class ids (y.long()).",
                          with_class_outputs(k)),),
                alone=True,
            )
        ]  # fmt: skip


def _leads(case: Case, y: Tensor) -> tuple[float, float]:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    x, ids = as_rows(case.setup.X)[:1500], y.numpy()[:1500]
    order = np.random.default_rng(0).permutation(len(x))
    cut = len(x) // 3
    test, train = order[:cut], order[cut:]
    options = {"n_estimators": 60, "min_samples_leaf": 2, "random_state": 0}
    classes = ExtraTreesClassifier(**options).fit(x[train], ids[train]).predict(x[test])
    numbers = ExtraTreesRegressor(**options).fit(x[train], ids[train]).predict(x[test])
    return float(np.mean(classes == ids[test])), float(np.mean(np.rint(numbers) == ids[test]))


def with_class_outputs(k: int) -> Apply:
    """Return a change to k outputs of the last dense layer, cross-entropy and whole targets."""

    def apply(setup: Setup) -> Setup:
        from learnscope.doctor.rebuild import with_all_parameters

        layers = [(n, m) for n, m in setup.model.named_modules() if isinstance(m, nn.Linear)]
        if not layers:
            raise ValueError("the model has no dense layer")
        name, last = layers[-1]
        wider = nn.Linear(last.in_features, k, bias=last.bias is not None)
        if name == "":
            setup = replace(setup, model=wider)
        else:
            *path, own = name.split(".")
            parent: nn.Module = setup.model
            for word in path:
                parent = getattr(parent, word)
            setattr(parent, own, wider)

        def ids(y: Tensor | None) -> Tensor | None:
            return None if y is None else y.reshape(len(y), -1)[:, 0].round().long()

        y = ids(setup.y)
        assert y is not None
        loss = nn.functional.cross_entropy
        return with_all_parameters(replace(setup, y=y, y_test=ids(setup.y_test), loss=loss))

    return apply
