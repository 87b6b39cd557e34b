"""Loops: what is missing in them, or comes in the wrong order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.source import (
    OPTIMIZERS,
    Source,
    Statement,
    Text,
    called,
    method_statement,
    owner,
)


def look(source: Source) -> Iterator[Hint]:
    """Yield what training loops give away."""
    yield from _not_cleared(source)
    yield from _no_step(source)
    yield from _order(source)
    yield from _cleared_before_step(source)
    yield from _closure(source)
    yield from _graph_kept(source)


def backwards(source: Source) -> Iterator[tuple[Text, Statement]]:
    """Yield the statements that call backward()."""
    for text in source.texts:
        for statement in text.statements:
            if method_statement(statement.node, "backward"):
                yield text, statement


def _in_loop(text: Text, node: ast.stmt) -> bool:
    return any(
        isinstance(loop, ast.For | ast.While)
        and loop.lineno <= node.lineno <= (loop.end_lineno or loop.lineno)
        for loop in ast.walk(text.tree)
    )


def _clears(source: Source) -> bool:
    if source.has_call("zero_grad"):
        return True
    for _, node in source.walk():
        if isinstance(node, ast.Attribute) and node.attr == "grad":
            if isinstance(node.ctx, ast.Store | ast.Del):
                return True
        if isinstance(node, ast.Call) and called(node) in {"zero_", "grad"}:
            return True
    return False


def clearing_edit(source: Source) -> tuple[str, tuple[Text, Statement] | None]:
    """Return the optimiser's name and the backward pass that zero_grad() belongs before."""
    names = source.optimizer_names()
    found = next(backwards(source), None)
    return (names[0] if names else "optimizer"), found


def _not_cleared(source: Source) -> Iterator[Hint]:
    if not source.has_call(*OPTIMIZERS) or not source.has_call("step") or _clears(source):
        return
    name, found = clearing_edit(source)
    if found is None or not _in_loop(found[0], found[1].node):
        return
    text, statement = found
    yield Hint(
        slug="gradients-not-cleared",
        title="Gradients are never cleared",
        where=text.where(statement.node),
        why="backward() adds to .grad, so step t uses the sum g_1 + ... + g_t. Old directions "
        "never fade and the steps grow.",
        change=f"{name}.zero_grad() before backward()",
        edits=(text.insert_before(statement.node, f"{name}.zero_grad()"),),
    )


def _no_step(source: Source) -> Iterator[Hint]:
    names = source.optimizer_names()
    if not names or any(_steps(source, names)) or source.mentions("configure_optimizers"):
        return
    for text, statement in backwards(source):
        if _in_loop(text, statement.node):
            yield Hint(
                slug="weights-do-not-move",
                title="The optimiser never steps",
                where=text.where(statement.node),
                why="backward() only computes gradients; w <- w - lr g happens in step().",
                change=f"{names[0]}.step() after backward()",
                edits=(text.insert_after(statement.node, f"{names[0]}.step()"),),
            )
            return


def _steps(source: Source, names: list[str]) -> Iterator[bool]:
    """Yield True for each step of what may be an optimiser."""
    for _, call in source.calls("step"):
        base = owner(call)
        if base in names or "sched" not in base.lower():
            yield True


def _order(source: Source) -> Iterator[Hint]:
    """Look for step() before backward() in one block."""
    optimizers = set(source.optimizer_names())
    for text, statement in backwards(source):
        before = statement.block[: statement.index]
        after = statement.block[statement.index + 1 :]
        steps = [s for s in before if (c := method_statement(s, "step")) and owner(c) in optimizers]
        later = [s for s in after if (c := method_statement(s, "step")) and owner(c) in optimizers]
        earlier = any(method_statement(s, "backward") for s in before)
        if not steps or later or earlier:
            continue
        step, node = steps[-1], statement.node
        yield Hint(
            slug="step-before-backward",
            title="step() comes before backward()",
            where=text.where(step),
            why="The step uses the gradient of the batch before, or none: it was computed at "
            "other weights and for other rows.",
            change="loss.backward(), then step()",
            edits=(text.remove(step), text.insert_after(node, text.segment(step))),
        )


def _cleared_before_step(source: Source) -> Iterator[Hint]:
    """Look for zero_grad() right before step(), with no backward() between or behind them."""
    for text in source.texts:
        for statement in text.statements:
            clear, rest = statement.node, statement.block[statement.index + 1 :]
            call = method_statement(clear, "zero_grad")
            step = next((s for s in rest[:1] if method_statement(s, "step")), None)
            if call is None or step is None or not _in_loop(text, clear):
                continue
            own = method_statement(step, "step")
            if own is None or owner(own) != owner(call) or own.args:
                continue
            if any(called(n) == "backward" for s in rest for n in ast.walk(s)):
                continue
            yield Hint(
                slug="weights-do-not-move",
                title="zero_grad() stands between backward() and step()",
                where=text.where(clear),
                why="The gradients are thrown away just before the step that should use them. "
                "A step without gradients changes nothing.",
                change="step(), then zero_grad()",
                edits=(
                    text.replace(clear, text.segment(step)),
                    text.replace(step, text.segment(clear)),
                ),
            )


def _closure(source: Source) -> Iterator[Hint]:
    """Look for a closure given to step() that calls no backward()."""
    given = {
        call.args[0].id
        for _, call in source.calls("step")
        if call.args and isinstance(call.args[0], ast.Name)
    }
    for text, node in source.walk():
        if not isinstance(node, ast.FunctionDef) or node.name not in given:
            continue
        end = node.body[-1]
        if any(called(n) == "backward" for n in ast.walk(node)):
            continue
        if not isinstance(end, ast.Return) or not isinstance(end.value, ast.Name):
            continue
        yield Hint(
            slug="weights-do-not-move",
            title=f"The closure {node.name}() computes no gradient",
            where=text.where(node),
            why="step(closure) calls the closure for the loss and for the gradients: backward() "
            "must be in it, behind zero_grad().",
            change=f"{end.value.id}.backward() before its return",
            edits=(text.insert_before(end, f"{end.value.id}.backward()"),),
        )


def _graph_kept(source: Source) -> Iterator[Hint]:
    """Look for losses that are added up, or put in a list, with their graphs."""
    losses = {
        owner(call)
        for text, statement in backwards(source)
        if (call := method_statement(statement.node, "backward"))
    }
    for text in source.texts:
        for statement in text.statements:
            node = statement.node
            value = _kept(node)
            same_block = any(
                (c := method_statement(s, "backward")) and owner(c) == ast.unparse(value)
                for s in statement.block
            ) if value is not None else False  # fmt: skip
            if value is None or ast.unparse(value) not in losses or not same_block:
                continue
            yield Hint(
                slug="graph-kept",
                title="Losses are kept together with their graphs",
                where=text.where(node),
                why="A loss holds the graph that it came from. Summed or collected, the graphs of "
                "all steps stay in memory.",
                change=f"{ast.unparse(value)}.item()",
                edits=(text.replace(value, f"{ast.unparse(value)}.item()"),),
            )


def _kept(node: ast.stmt) -> ast.expr | None:
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        return node.value
    call = method_statement(node, "append")
    return call.args[0] if call is not None and len(call.args) == 1 else None
