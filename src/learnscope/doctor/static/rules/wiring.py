"""Parameters that the model or the optimiser does not know."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.source import LAYERS, OPTIMIZERS, Source, Text, assigned, called


def look(source: Source) -> Iterator[Hint]:
    """Yield layers in plain lists and optimisers of former models."""
    for text, kind in source.modules():
        yield from _plain_lists(text, kind)
    for text in source.texts:
        yield from _old_model(text)


def _plain_lists(text: Text, kind: ast.ClassDef) -> Iterator[Hint]:
    registered = {
        ast.unparse(node.value) for node in ast.walk(kind) if isinstance(node, ast.Starred)
    }
    appended = {
        ast.unparse(node.func.value)
        for node in ast.walk(kind)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and any(called(n) in LAYERS for n in ast.walk(node))
    }
    for node in ast.walk(kind):
        if not isinstance(node, ast.Assign) or not assigned(node).startswith("self."):
            continue
        name, value = assigned(node), node.value
        holds = isinstance(value, ast.List | ast.ListComp | ast.Dict | ast.DictComp | ast.Tuple)
        layers = any(called(n) in LAYERS for n in ast.walk(value))
        if not holds or name in registered or not (layers or name in appended):
            continue
        wrapper = "ModuleDict" if isinstance(value, ast.Dict | ast.DictComp) else "ModuleList"
        yield Hint(
            slug="unregistered-parameters",
            title=f"{name} holds layers in a plain {type(value).__name__.lower()[:4]}",
            where=text.where(node),
            why="parameters() finds layers that are attributes or stand in a ModuleList. Those in "
            "a plain container are not trained, moved or saved.",
            change=f"{name} = nn.{wrapper}(...)",
            edits=(text.replace(value, f"nn.{wrapper}({text.segment(value)})"),),
        )


def _old_model(text: Text) -> Iterator[Hint]:
    """Look for an optimiser that is made before its model is replaced or changed, in one block."""
    for statement in text.statements:
        node, value = statement.node, getattr(statement.node, "value", None)
        if not isinstance(value, ast.Call) or called(value) not in OPTIMIZERS or not value.args:
            continue
        model = _model_of(value.args[0])
        later = statement.block[statement.index + 1 :]
        change = next((s for s in later if model and _replaces(s, model)), None)
        remade = any(called(getattr(s, "value", None) or s) in OPTIMIZERS for s in later)
        if change is None or remade:
            continue
        yield Hint(
            slug="optimizer-misses-parameters",
            title=f"{model} changes after its optimiser was made",
            where=text.where(change),
            why="The optimiser holds the parameters that the model had before. It steps those, "
            "and the new ones stay as they were drawn.",
            change=f"Make the optimiser after line {change.lineno}.",
            edits=(text.remove(node), text.insert_after(change, text.segment(node))),
        )


def _model_of(argument: ast.expr) -> str:
    if isinstance(argument, ast.Call) and called(argument) == "parameters":
        return ast.unparse(argument.func.value)  # type: ignore[attr-defined]
    return ""


def _replaces(node: ast.stmt, model: str) -> bool:
    """Whether a statement gives a model, or an attribute of it, a new value that has layers."""
    target = assigned(node)
    value = getattr(node, "value", None)
    if target == model:
        # model = model.to(device) and the like keep the parameters.
        return isinstance(value, ast.Call) and not ast.unparse(value.func).startswith(f"{model}.")
    return target.startswith(f"{model}.") and called(value) in LAYERS if value else False
