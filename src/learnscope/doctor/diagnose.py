"""The diagnosis of a program that is given as objects."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from torch import nn
from torch.optim import Optimizer

from learnscope.doctor.calls import quiet
from learnscope.doctor.clock import Deadline
from learnscope.doctor.examination import Examination
from learnscope.doctor.finding import Diagnosis
from learnscope.doctor.setup import Setup, make_setup
from learnscope.errors import InputError

BUDGET = 10.0
"""Seconds that a diagnosis takes, about."""


def diagnose(
    *,
    model: nn.Module,
    X: Any = None,
    y: Any = None,
    X_test: Any = None,
    y_test: Any = None,
    data: Any = None,
    test_data: Any = None,
    loss: Callable[..., Any],
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    seed: int = 0,
    train: Mapping[str, Any] | None = None,
    budget: float = BUDGET,
) -> Diagnosis:
    """Say why a program does not learn, or that nothing is wrong with it.

    Everything is copied first: the model, the optimiser, the random state and the number of
    threads of the caller are as they were. The copies are trained, as they are and with changes.

    Args:
        model: any `torch.nn.Module`, on the CPU.
        X: inputs (n, ...), a tensor or an array.
        y: targets (n, ...).
        X_test: inputs of rows that are not trained on.
        y_test: their targets.
        data: in place of X and y: a loader, a data set, or a pair.
        test_data: in place of X_test and y_test.
        loss: (output, target) -> scalar.
        optimizer: over the model's parameters; left out, Adam at 1e-3.
        epochs: passes over the rows.
        batch_size: rows of an update; left out, that of the loader, or 32.
        shuffle: whether each pass has its own order; left out, as the loader does, or true.
        seed: of the order and of what is random in the model.
        train: in place of the last four, a table with their names.
        budget: seconds, about. They are counted in processor time, so that a busy machine comes
            to the same findings; no more than 1.25 times as many pass.

    Raises:
        InputError: an argument is missing, of the wrong kind, or cannot be copied.
    """
    known = {"epochs", "batch_size", "shuffle", "seed"}
    given = dict(train or {})
    if unknown := sorted(set(given) - known):
        raise InputError(
            f"train.{unknown[0]} is not known; it may have {', '.join(sorted(known))}."
        )
    if not budget > 0:
        raise InputError(f"budget must be > 0 seconds, got {budget!r}.")
    setup = make_setup(
        model=model,
        X=X,
        y=y,
        X_test=X_test,
        y_test=y_test,
        data=data,
        test_data=test_data,
        loss=loss,
        optimizer=optimizer,
        epochs=given.get("epochs", epochs),
        batch_size=given.get("batch_size", batch_size),
        shuffle=given.get("shuffle", shuffle),
        seed=given.get("seed", seed),
    )
    kept = [(p, p.grad) for p in model.parameters()]
    try:
        return diagnose_setup(setup, budget=budget)
    finally:
        # A loss that reads the caller's own model would leave gradients in it.
        for parameter, gradient in kept:
            parameter.grad = gradient


def diagnose_setup(setup: Setup, *, budget: float = BUDGET) -> Diagnosis:
    """Diagnose a setup, see `diagnose`."""
    started = time.perf_counter()
    with warnings.catch_warnings(), quiet(setup.seed):
        warnings.simplefilter("ignore")
        found = Examination(setup, Deadline.after(budget)).run()
    return replace(found, seconds=time.perf_counter() - started)
