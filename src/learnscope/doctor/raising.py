"""A program that raises: what the error means, found on a copy before anything else is asked."""

from __future__ import annotations

import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from learnscope.doctor.calls import quiet
from learnscope.doctor.finding import Evidence, Finding, Fix
from learnscope.doctor.mending import repairs
from learnscope.doctor.setup import Setup

if TYPE_CHECKING:
    from learnscope.doctor.watching.seen import Seen


def raised(setup: Setup) -> Finding | None:
    """Return what a first pass ends with, None where it goes through."""
    from learnscope.doctor.watching.listener import Listener
    from learnscope.doctor.watching.observer import Observer

    failed = _failure(setup)
    if failed is None:
        return None
    observer = Observer(keep_rows=False)
    with Listener(observer):
        _failure(setup)
    finding = _finding(*failed, observer.finish())
    for change, apply in repairs(setup):
        try:
            if _failure(apply(setup.copy())) is None:
                return replace(finding, fix=Fix(change, apply, setup))
        except Exception:
            continue  # a repair that does not apply
    return finding


def failure_while_training(error: Exception) -> Finding:
    """Return the finding of an error that came after the first pass."""
    return _finding(error, "the training")


def _failure(setup: Setup) -> tuple[Exception, str] | None:
    """Return the error of an update on a first and a last batch, or of a look at test rows."""
    own = setup.copy()
    n, size = len(own.X), min(own.batch_size, len(own.X))
    where = "the model"
    try:
        with quiet(own.seed):
            own.model.train()
            for rows in (slice(0, size), slice(n - (n % size or size), n)):
                where = "the model"
                output = own.model(own.X[rows])
                where = "the loss"
                loss = own.loss(output, own.y[rows])
                if not isinstance(loss, torch.Tensor):
                    raise TypeError(f"the loss is no tensor but {type(loss).__name__}")
                if loss.requires_grad:
                    where = "backward()"
                    loss.backward()  # type: ignore[no-untyped-call]
            if own.X_test is not None:
                where = "the model on test rows"
                own.model.eval()(own.X_test[:size])
    except Exception as error:
        return error, where
    return None


def _finding(error: Exception, where: str, seen: Seen | None = None) -> Finding:
    from learnscope.doctor.explaining.explain import explain, failure_of

    found = explain(failure_of(error, seen))
    text = (str(error).splitlines() or [""])[0]
    evidence = [Evidence(what=f"raised in {where}", value=f"{type(error).__name__}: {text}")]
    if found is not None:
        if found.got:
            evidence.append(Evidence(what="got", value=found.got, limit=found.expected or None))
        return Finding(
            slug=found.slug,
            title=found.title,
            severity="error",
            confidence="confirmed",
            evidence=tuple(evidence),
            why=found.why,
            change=found.change,
        )
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Finding(
        slug="program-error",
        title=f"{type(error).__name__} in {where}: {text}",
        severity="error",
        confidence="confirmed",
        evidence=tuple(evidence),
        why="The first update ends with this error, so nothing is learned.",
        change="Mend the error first.",
        where=f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}",
    )
