"""Changes of a program's text for faults that were found by running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.edits import Edit
from learnscope.doctor.static.rules import RULES, expressions, loop
from learnscope.doctor.static.source import OPTIMIZERS, Source, Text, called, keyword

SETTING = re.compile(
    r"\b(lr|weight_decay|batch_size|shuffle|momentum|p|num_epochs|epochs|max_norm)\s*=\s*([\w.+-]+)"
)
"""A setting with a new value, in the words of a change: "lr=0.001"."""


def repair(source: Source, slug: str, where: str, change: str) -> tuple[Edit, ...]:
    """Return the change of the text that mends a fault, () where it is not one of the text.

    Args:
        source: the program.
        slug: the fault.
        where: "train.py:41", the line that was seen; "" where none is known.
        change: the change in words, in which a setting may stand with its new value.
    """
    if slug in {"broadcast-loss", "broadcast-metric"}:
        return _one_shape(source, where)
    hints = [h for rule in RULES.values() for h in rule(source) if h.slug == slug and h.edits]
    near = [h for h in hints if h.where == where] or hints
    if near:
        return near[0].edits
    if slug == "gradients-not-cleared":
        return _clear(source, where)
    if slug in expressions.TWICE:
        return expressions.without_activation(source, slug)
    if slug == "optimizer-misses-parameters":
        return _owner(source, where, change)
    if slug == "evaluation-in-training-mode":
        return _evaluated(source, where, change)
    if slug == "in-place-change":
        return _out_of_place(source)
    return _setting(source, change)


def _clear(source: Source, where: str) -> tuple[Edit, ...]:
    """Clear gradients before the backward pass of the loop whose step was seen."""
    name, found = loop.clearing_edit(source)
    if found is None:
        return ()
    text, statement = found
    for piece, call in source.calls("step"):
        if piece.where(call) == where and isinstance(call.func, ast.Attribute):
            name = ast.unparse(call.func.value)
    return (text.insert_before(statement.node, f"{name}.zero_grad()"),)


MADE_FROM = re.compile(r"\bfrom ([\w.]+)\.parameters\(\)")
"""The model that an optimiser should be made from, in the words of a change."""


def _owner(source: Source, where: str, change: str) -> tuple[Edit, ...]:
    """Make the optimiser whose step was seen from the parameters of another model."""
    match = MADE_FROM.search(change)
    stepped = {
        ast.unparse(call.func.value)
        for text, call in source.calls("step")
        if text.where(call) == where and isinstance(call.func, ast.Attribute)
    }
    for text, node in source.walk():
        if match is None or not isinstance(node, ast.Assign):
            continue
        value = node.value
        if ast.unparse(node.targets[0]) not in stepped or called(value) not in OPTIMIZERS:
            continue
        first = value.args[0] if isinstance(value, ast.Call) and value.args else None
        if first is not None and called(first) == "parameters":
            return (text.replace(first, f"{match.group(1)}.parameters()"),)
    return ()


def _evaluated(source: Source, where: str, change: str) -> tuple[Edit, ...]:
    """Put the model that was seen into eval mode around the block that scores it."""
    match = re.match(r"([\w.]+)\.eval\(\)", change)
    for text in source.texts:
        for statement in text.statements:
            node = statement.node
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            block = isinstance(node, ast.With) and "no_grad" in ast.unparse(node.items[0])
            if match is None or not block or where not in {text.at(line) for line in lines}:
                continue
            name = match.group(1)
            return (
                text.insert_before(node, f"{name}.eval()"),
                text.insert_after(node, f"{name}.train()"),
            )
    return ()


def _out_of_place(source: Source) -> tuple[Edit, ...]:
    """Write the one change in place of a forward function as a new value: h = h + g."""
    found = [
        (text, node)
        for text, function in source.forwards()
        for node in ast.walk(function)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    ]
    if len(found) != 1:
        return ()
    text, node = found[0]
    name, signs = ast.unparse(node.target), {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
    sign = signs.get(type(node.op), "/" if isinstance(node.op, ast.Div) else "")
    value = _bare(text.segment(node.value), node.value)
    return (text.replace(node, f"{name} = {name} {sign} {value}"),) if sign else ()


def _setting(source: Source, change: str) -> tuple[Edit, ...]:
    """Give a setting its new value where the program names it once."""
    match = SETTING.search(change)
    if match is None:
        return ()
    name, value = match.groups()
    value = value.rstrip(".")
    places = list(_places(source, name))
    if len(places) != 1:
        return ()
    text, node = places[0]
    return (text.replace(node, value),)


def _places(source: Source, name: str) -> Iterator[tuple[Text, ast.expr]]:
    for text, node in source.walk():
        if isinstance(node, ast.Call):
            value = keyword(node, name)
            if value is None and name == "lr" and called(node) in OPTIMIZERS and len(node.args) > 1:
                value = node.args[1]
            if value is None and name == "max_norm" and called(node) == "clip_grad_norm_":
                value = node.args[1] if len(node.args) > 1 else None
            if isinstance(value, ast.Constant):
                yield text, value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            if ast.unparse(node.targets[0]) == name:
                yield text, node.value


def _one_shape(source: Source, where: str) -> tuple[Edit, ...]:
    """Give the second operand of a line's loss, difference or comparison the shape of the first."""
    for text, node in source.walk():
        if not hasattr(node, "lineno") or text.where(node) != where:
            continue
        pair = _pair(node)
        if pair is not None:
            first, second = (text.segment(side) for side in pair)
            # The target is the plainer one of the two, in either place.
            if isinstance(pair[0], ast.Name) and not isinstance(pair[1], ast.Name):
                first, second, pair = second, first, (pair[1], pair[0])
            if any(isinstance(n, ast.Call) for n in ast.walk(pair[0])):
                return (text.replace(pair[1], f"{_bare(second, pair[1])}.view(-1, 1)"),)
            return (text.replace(pair[1], f"{_bare(second, pair[1])}.view_as({first})"),)
    return ()


def _pair(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return node.left, node.right
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return node.left, node.comparators[0]
    if isinstance(node, ast.Call) and len(node.args) == 2 and not node.keywords:
        name = called(node)
        if name in {"eq", "ne", "sub"} or "loss" in name.lower() or name in _LOSS_WORDS:
            return node.args[0], node.args[1]
    return None


_LOSS_WORDS = frozenset({"criterion", "loss_fn", "loss_function", "lossfn", "crit", "mse", "l1"})


def _bare(text: str, node: ast.expr) -> str:
    simple = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.Constant)
    return text if simple else f"({text})"


def edits_for(source: Source, hints: Iterable[Hint]) -> dict[str, tuple[Edit, ...]]:
    """Return slug -> change of the text for those faults that have one."""
    found = {}
    for hint in hints:
        edits = hint.edits or repair(source, hint.slug, hint.where, hint.change)
        if edits:
            found[hint.slug] = edits
    return found
