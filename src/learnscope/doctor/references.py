"""Cheap models beside which an outcome is good or poor: a constant, linear and local ones."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from learnscope.arrays import Array
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import Task, class_ids

MOST_ROWS, MOST_COLUMNS, MOST_OUTPUTS = 1500, 200, 8
TEST_SHARE = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class References:
    """Scores of cheap models on rows that they were not fitted on.

    Attributes:
        constant: of the best constant answer.
        linear: of ridge or logistic regression.
        local: of the better of nearest neighbours and trees.
        n: rows they were judged on.
    """

    constant: float
    linear: float
    local: float
    n: int

    @property
    def best(self) -> float:
        """The better of linear and local."""
        return max(self.constant, self.linear, self.local)


def as_rows(x: Tensor) -> Array:
    """Return inputs as a table (n, d) of float64."""
    return x.detach().reshape(len(x), -1).to("cpu").double().numpy()


def references(setup: Setup, task: Task) -> References | None:
    """Fit the references; None where they do not apply."""
    if task.reconstruction or task.kind in ("labels", "positions") or task.span:
        return None
    x, y = as_rows(setup.X), _targets(setup.y, task)
    own_test = setup.X_test is not None and setup.y_test is not None
    if own_test:
        assert setup.X_test is not None and setup.y_test is not None
        x_test, y_test = as_rows(setup.X_test), _targets(setup.y_test, task)
    else:
        order = np.random.default_rng(0).permutation(len(x))
        cut = max(1, int(TEST_SHARE * len(x)))
        x_test, y_test = x[order[:cut]], y[order[:cut]]
        x, y = x[order[cut:]], y[order[cut:]]
    if not all(np.isfinite(a).all() for a in (x, y, x_test, y_test)) or len(x) < 10:
        return None
    x, y = x[:MOST_ROWS], y[:MOST_ROWS]
    x_test, y_test = x_test[:MOST_ROWS], y_test[:MOST_ROWS]
    x, x_test = _narrowed(x, x_test)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [_score(m, x, y, x_test, y_test, task) for m in _models(task, len(x), y)]
    constant, linear, *local = found
    return References(constant=constant, linear=linear, local=max(local), n=len(x_test))


def _targets(y: Tensor, task: Task) -> Array:
    if task.kind == "regression":
        return as_rows(y)[:, :MOST_OUTPUTS]
    return class_ids(y, task).numpy()


def _narrowed(x: Array, x_test: Array) -> tuple[Array, Array]:
    """Return at most so many columns: the main components of the training rows."""
    if x.shape[1] <= MOST_COLUMNS:
        return x, x_test
    mean = x.mean(axis=0)
    _, _, axes = np.linalg.svd(x - mean, full_matrices=False)
    axes = axes[:50]
    return (x - mean) @ axes.T, (x_test - mean) @ axes.T


def _models(task: Task, n: int, y: Array) -> list[Any]:
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    k = max(1, min(5, n // 4))
    trees = {"n_estimators": 60, "min_samples_leaf": 2, "random_state": 0}
    if task.kind == "regression":
        return [
            DummyRegressor(),
            make_pipeline(StandardScaler(), Ridge(alpha=1.0)),
            make_pipeline(StandardScaler(), KNeighborsRegressor(k)),
            ExtraTreesRegressor(**trees),
        ]
    return [
        DummyClassifier(),
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)),
        make_pipeline(StandardScaler(), KNeighborsClassifier(k)),
        ExtraTreesClassifier(**trees),
    ]


def _score(model: Any, x: Array, y: Array, x_test: Array, y_test: Array, task: Task) -> float:
    try:
        if task.kind == "regression":
            target = y[:, 0] if y.shape[1] == 1 else y
            found = np.asarray(model.fit(x, target).predict(x_test)).reshape(len(x_test), -1)
            total = np.square(y_test - y_test.mean(axis=0)).mean()
            error = np.square(y_test - found).mean()
            return max(-1.0, 1 - float(error / total)) if total > 0 else 0.0
        if len(np.unique(y)) < 2:
            return float(np.mean(y_test == y[0]))
        return float(np.mean(model.fit(x, y).predict(x_test) == y_test))
    except ValueError:
        return -1.0
