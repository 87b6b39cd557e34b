"""Training and evaluation mode."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.source import MODE_LAYERS, Source, Text, called, keyword, owner


def look(source: Source) -> Iterator[Hint]:
    """Yield what the text says about modes."""
    yield from _dropout(source)
    if not source.mentions(*MODE_LAYERS):
        return
    yield from _left_in_eval(source)
    yield from _never_eval(source)


def _dropout(source: Source) -> Iterator[Hint]:
    why = (
        "model.eval() turns off nn.Dropout by its flag `training`; what does not ask for the flag "
        "drops units in predictions too."
    )
    for text, call in source.calls("dropout", "dropout1d", "dropout2d", "alpha_dropout"):
        base = owner(call)
        if base == "self" or (base not in {"F", "torch"} and not base.endswith("functional")):
            continue
        flag = keyword(call, "training") or (call.args[2] if len(call.args) > 2 else None)
        fixed = isinstance(flag, ast.Constant) and flag.value is True
        if flag is not None and not fixed:
            continue
        edit = (
            text.replace(flag, "self.training")
            if flag is not None
            else text.add_argument(call, "training=self.training")
        )
        yield Hint(
            slug="eval-mode-ignored",
            title="Functional dropout that is never off",
            where=text.where(call),
            why=why,
            change="F.dropout(x, p, training=self.training)",
            edits=(edit,),
        )
    for text, function in source.forwards():
        for node in ast.walk(function):
            inner = node.func if isinstance(node, ast.Call) else None
            if inner is not None and called(inner) in MODE_LAYERS:
                yield Hint(
                    slug="eval-mode-ignored",
                    title=f"{called(inner)} is made anew in each forward pass",
                    where=text.where(node),
                    why=why + " A new layer is always in training mode.",
                    change="Make it once in __init__: self.drop = nn.Dropout(p).",
                )


def training_loops(source: Source) -> Iterator[tuple[Text, ast.For | ast.While]]:
    """Yield the outermost loops that call backward(), or a function that does."""
    functions = {
        node.name
        for _, node in source.walk()
        if isinstance(node, ast.FunctionDef)
        and any(called(n) == "backward" for n in ast.walk(node))
    }
    for text in source.texts:
        for statement in text.statements:
            node = statement.node
            if isinstance(node, ast.For | ast.While):
                names = {called(n) for n in ast.walk(node)}
                if "backward" in names or names & functions:
                    yield text, node
                    break


def _left_in_eval(source: Source) -> Iterator[Hint]:
    """Look for model.eval() in or before the training loop, and no model.train()."""
    if source.has_call("train"):
        return
    for text, loop in training_loops(source):
        calls = [
            node
            for node in ast.walk(text.tree)
            if called(node) == "eval" and isinstance(node, ast.Call) and owner(node)
        ]
        end = loop.end_lineno or loop.lineno
        inside = [c for c in calls if c.lineno <= end]
        if not inside:
            continue
        model = owner(inside[0])
        yield Hint(
            slug="training-in-eval-mode",
            title="eval() is never followed by train()",
            where=text.where(inside[0]),
            why="From the first eval() on, dropout is off and batch normalisation uses frozen "
            "statistics, in training as well.",
            change=f"{model}.train() at the start of each epoch",
            edits=(text.insert_before(loop.body[0], f"{model}.train()"),),
        )


def _never_eval(source: Source) -> Iterator[Hint]:
    """Look for an evaluation without eval()."""
    if source.has_call("eval") or source.has_call("train"):
        return
    for text in source.texts:
        for statement in text.statements:
            node = statement.node
            if not isinstance(node, ast.With) or "no_grad" not in ast.unparse(node.items[0]):
                continue
            model = _model_called(source, node)
            if not model:
                continue
            yield Hint(
                slug="evaluation-in-training-mode",
                title="The evaluation runs in training mode",
                where=text.where(node),
                why="In training mode dropout removes units and batch normalisation uses the "
                "batch's own statistics: scores are noisy and depend on the batch.",
                change=f"{model}.eval() before it, {model}.train() after it",
                edits=(
                    text.insert_before(node, f"{model}.eval()"),
                    text.insert_after(node, f"{model}.train()"),
                ),
            )


def _model_called(source: Source, node: ast.With) -> str:
    names = {"model", "net", "network", "self.model", "self.net"}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) in names:
            return ast.unparse(inner.func)
    return ""
