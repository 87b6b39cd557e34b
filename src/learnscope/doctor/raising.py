"""A program that raises: what the error means, found on a copy before anything else is asked."""

from __future__ import annotations

import traceback

import torch

from learnscope.doctor.calls import quiet
from learnscope.doctor.finding import Evidence, Finding
from learnscope.doctor.setup import Setup


def raised(setup: Setup) -> Finding | None:
    """Return what a first update ends with, None where it goes through."""
    own = setup.copy()
    size = min(own.batch_size, len(own.X))
    x, y = own.X[:size], own.y[:size]
    where = "the model"
    try:
        with quiet(own.seed):
            own.model.train()
            output = own.model(x)
            where = "the loss"
            loss = own.loss(output, y)
            if not isinstance(loss, torch.Tensor):
                raise TypeError(f"the loss is no tensor but {type(loss).__name__}")
            if loss.requires_grad:
                where = "backward()"
                loss.backward()  # type: ignore[no-untyped-call]
    except Exception as error:
        return _finding(error, where)
    return None


def _finding(error: Exception, where: str) -> Finding:
    from learnscope.doctor.explaining.explain import explain, failure_of

    found = explain(failure_of(error, None))
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
