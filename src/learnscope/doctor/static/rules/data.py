"""Loaders and preprocessing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.source import Source, assigned, called, keyword, owner


def look(source: Source) -> Iterator[Hint]:
    """Yield loaders without shuffling and scalers that are fitted on test rows."""
    yield from _ordered(source)
    yield from _fitted_on_test(source)


def _trained_on(source: Source) -> set[str]:
    """Return the loaders that loops with a backward pass run over."""
    found = set()
    for _, node in source.walk():
        if isinstance(node, ast.For) and any(called(n) == "backward" for n in ast.walk(node)):
            found |= {ast.unparse(n) for n in ast.walk(node.iter) if isinstance(n, ast.Name)}
    return found


def _ordered(source: Source) -> Iterator[Hint]:
    trained = _trained_on(source)
    for text, node in source.walk():
        value = node.value if isinstance(node, ast.Assign) else None
        if not isinstance(value, ast.Call) or called(value) != "DataLoader":
            continue
        name = assigned(node)
        if not (name in trained or "train" in name.lower()) or "test" in name.lower():
            continue
        shuffle = keyword(value, "shuffle")
        other = keyword(value, "sampler") or keyword(value, "batch_sampler")
        off = shuffle is None or (isinstance(shuffle, ast.Constant) and not shuffle.value)
        if other is not None or not off or len(value.args) > 2:
            continue
        edit = (
            text.add_argument(value, "shuffle=True")
            if shuffle is None
            else text.replace(shuffle, "True")
        )
        yield Hint(
            slug="ordered-batches",
            title=f"{name} gives the rows in the same order in every epoch",
            where=text.where(node),
            why="Batches of sorted rows hold one class each, and each step undoes the one before. "
            "SGD assumes that a batch is drawn at random.",
            change="DataLoader(..., shuffle=True)",
            confidence="possible",
            edits=(edit,),
        )


def _fitted_on_test(source: Source) -> Iterator[Hint]:
    for text, call in source.calls("fit_transform"):
        names = [ast.unparse(a).lower() for a in call.args[:1]]
        if not names or not any(part in names[0] for part in ("test", "val", "valid")):
            continue
        yield Hint(
            slug="test-preprocessing-differs",
            title="The test rows get a scaling of their own",
            where=text.where(call),
            why="(x - mean) / sd must use the mean and sd of the training rows. Fitted again, "
            "equal rows become different inputs.",
            change=f"{owner(call)}.transform({ast.unparse(call.args[0])})",
            edits=(text.replace(call.func, f"{owner(call)}.transform"),),
        )
