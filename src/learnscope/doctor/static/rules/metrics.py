"""Scores and losses that are divided by the wrong number."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.edits import Edit
from learnscope.doctor.static.rules.loop import backwards
from learnscope.doctor.static.source import Source, Text, called, method_statement, owner


def look(source: Source) -> Iterator[Hint]:
    """Yield sums over batches that are divided by rows, and sums over rows divided by batches."""
    if _sums_the_loss(source):
        return
    losses = {
        owner(call)
        for _, statement in backwards(source)
        if (call := method_statement(statement.node, "backward"))
    }
    for text in source.texts:
        for node in ast.walk(text.tree):
            if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
                name, value = ast.unparse(node.target), node.value
                if called(value) == "item" and owner(value) in losses:  # type: ignore[arg-type]
                    yield from _loss_over_rows(text, name, node)
                elif _counts_hits(value):
                    yield from _hits_over_batches(text, name)


def _sums_the_loss(source: Source) -> bool:
    """Whether a loss is a sum over its rows, as reduction="sum" makes it."""
    return any(
        isinstance(node, ast.keyword) and node.arg in {"reduction", "size_average"}
        for _, node in source.walk()
    )


def _loss_over_rows(text: Text, name: str, adding: ast.AugAssign) -> Iterator[Hint]:
    """Look for a sum of batch means over the number of rows."""
    for node in _quotients(text, name):
        below = node.right
        rows = called(below) == "len" and not _is_loader(below.args[0])  # type: ignore[attr-defined]
        if not rows:
            continue
        yield Hint(
            slug="wrong-metric",
            title=f"{name} is a sum of batch means, divided by the number of rows",
            where=text.where(node),
            why="The loss of a batch is a mean over its rows already. Their sum over the number "
            "of rows is too small by the batch size; the mean of an epoch is the sum of mean times "
            "rows, over all rows.",
            change=f"{name} += loss.item() * len(batch), or divide by len(loader).",
            severity="warning",
            edits=_weighted(text, adding),
        )


def _weighted(text: Text, adding: ast.AugAssign) -> tuple[Edit, ...]:
    """Weigh a batch's mean loss by its rows, where the loop names the batch's inputs."""
    loops = [
        node
        for node in ast.walk(text.tree)
        if isinstance(node, ast.For) and any(n is adding for n in node.body)
    ]
    target = loops[0].target if loops else None
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        target = target.elts[0]
    if not isinstance(target, ast.Name):
        return ()
    value = f"{text.segment(adding.value)} * len({target.id})"
    return (text.replace(adding.value, value),)


def _hits_over_batches(text: Text, name: str) -> Iterator[Hint]:
    """Look for a number of right answers over the number of batches."""
    for node in _quotients(text, name):
        below = node.right
        if called(below) != "len" or not _is_loader(below.args[0]):  # type: ignore[attr-defined]
            continue
        loader = ast.unparse(below.args[0])  # type: ignore[attr-defined]
        yield Hint(
            slug="wrong-metric",
            title=f"{name} counts rows, and is divided by the number of batches",
            where=text.where(node),
            why="len(loader) is the number of batches. The share of right answers is their number "
            "over that of rows, and never above 1.",
            change=f"{name} / len({loader}.dataset)",
            severity="warning",
            edits=(text.replace(below, f"len({loader}.dataset)"),),
        )


def _quotients(text: Text, name: str) -> Iterator[ast.BinOp]:
    for node in ast.walk(text.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            if ast.unparse(node.left) == name:
                yield node


def _is_loader(node: ast.expr) -> bool:
    name = ast.unparse(node).lower()
    return name.rpartition(".")[2].startswith(("batch",)) or (
        ("loader" in name or name.endswith(("_dl", "_iter"))) and not name.endswith(".dataset")
    )


def _counts_hits(value: ast.expr) -> bool:
    """Whether a value is (output == target).sum(), with or without .item()."""
    if called(value) in {"item", "int", "float"}:
        inner = value.func if called(value) == "item" else value.args[0]  # type: ignore[attr-defined]
        value = inner.value if isinstance(inner, ast.Attribute) else inner
    if called(value) != "sum":
        return False
    return any(
        (isinstance(n, ast.Compare) and isinstance(n.ops[0], ast.Eq)) or called(n) == "eq"
        for n in ast.walk(value)
    )
