"""Schedules of the rate that step with every batch and were made to step with every epoch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.source import Source, Text, assigned, called, method_statement, owner

OF_EPOCHS = frozenset(
    {"StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "PolynomialLR", "LinearLR"}
    | {"LambdaLR", "ReduceLROnPlateau"}
)
"""Schedules that programs mostly step once an epoch; OneCycleLR and CyclicLR count batches."""


def look(source: Source) -> Iterator[Hint]:
    """Yield schedules that step within the loop over the batches."""
    names = {
        assigned(node)
        for _, node in source.walk()
        if isinstance(node, ast.Assign) and called(node.value) in OF_EPOCHS
    }
    for text in source.texts:
        for outer in ast.walk(text.tree):
            if isinstance(outer, ast.For | ast.While):
                yield from _within(text, outer, names)
                yield from _first(text, outer, names)


def _within(text: Text, outer: ast.For | ast.While, names: set[str]) -> Iterator[Hint]:
    for inner in outer.body:
        if not isinstance(inner, ast.For) or not any(
            method_statement(s, "backward") for s in inner.body
        ):
            continue
        for statement in inner.body:
            call = method_statement(statement, "step")
            if call is None or owner(call) not in names or len(inner.body) < 2:
                continue
            yield Hint(
                slug="schedule-ends-early",
                title=f"{owner(call)} steps with every batch",
                where=text.where(statement),
                why="A schedule made for epochs goes through them as fast as batches come: with m "
                "batches an epoch the rate falls m times as early. What comes after trains next "
                "to nothing.",
                change=f"{owner(call)}.step() behind the loop over the batches",
                confidence="possible",
                edits=(
                    text.remove(statement),
                    text.insert_after(inner, text.segment(statement)),
                ),
            )


def _first(text: Text, outer: ast.For | ast.While, names: set[str]) -> Iterator[Hint]:
    """Look for a schedule that steps at the start of an epoch, before the optimiser."""
    first, rest = outer.body[0], outer.body[1:]
    call = method_statement(first, "step")
    if call is None or owner(call) not in names or not rest:
        return
    if not any(called(n) == "backward" for s in rest for n in ast.walk(s)):
        return
    yield Hint(
        slug="schedule-order",
        title=f"{owner(call)} steps before the optimiser",
        where=text.where(first),
        why="scheduler.step() sets the rate for what comes next. Called first, it skips the first "
        "value of the schedule.",
        change=f"{owner(call)}.step() at the end of the epoch",
        severity="warning",
        edits=(text.remove(first), text.insert_after(rest[-1], text.segment(first))),
    )
