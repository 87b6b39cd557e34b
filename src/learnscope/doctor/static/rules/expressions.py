"""Activations inside expressions: in the argument of a loss, or on the way to it in the loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.edits import Edit
from learnscope.doctor.static.rules.output import (
    CROSS_ENTROPY,
    SIGMOID,
    SOFTMAX,
    WITH_LOGITS,
    argument_of,
)
from learnscope.doctor.static.source import Source, Text, called

TWICE = {
    "softmax-before-cross-entropy": (SOFTMAX, CROSS_ENTROPY),
    "sigmoid-before-bce-with-logits": (SIGMOID, WITH_LOGITS),
}
"""Slug -> the activation and the losses that have it inside."""


def look(source: Source) -> Iterator[Hint]:
    """Yield activations that stand in the first argument of a loss that has them inside."""
    for slug, (names, losses) in TWICE.items():
        known = _kept(source, names)
        made = {_assigned_name(node) for _, node in source.walk() if _makes(node, losses)}
        for text, call in source.calls(*(set(losses) | (made - {""}))):
            first = call.args[0] if len(call.args) == 2 else None
            if first is None or not _is(first, names, known):
                continue
            inner = argument_of(first)
            if inner is None:
                continue
            kind = called(call)
            yield Hint(
                slug=slug,
                title=f"{called(first)} in the argument of {kind}, which applies one itself",
                where=text.where(first),
                why="The loss takes scores of any size and normalises them itself. Of numbers "
                "between 0 and 1 it cannot fall to 0, and its gradient is squeezed twice.",
                change=f"{kind}({text.segment(inner)}, ...)",
                edits=(text.replace(first, text.segment(inner)),),
            )


def without_activation(source: Source, slug: str) -> tuple[Edit, ...]:
    """Return the change that leaves out the one activation on the way to the loss.

    Args:
        source: the program, of which a run has shown that its loss gets such outputs.
        slug: which activation.

    The activation is looked for in forward functions and in blocks with a backward pass; where
    there are several, a person must choose.
    """
    if slug not in TWICE:
        return ()
    names, _ = TWICE[slug]
    known = _kept(source, names)
    found: list[Edit] = []
    for text, part in _trained_parts(source):
        for node in ast.walk(part):
            if isinstance(node, ast.expr) and _is(node, names, known):
                inner = argument_of(node)
                edit = None if inner is None else text.replace(node, text.segment(inner))
                if edit is not None and edit not in found:
                    found.append(edit)
    return tuple(found) if len(found) == 1 else ()


def _trained_parts(source: Source) -> Iterator[tuple[Text, ast.AST]]:
    yield from source.forwards()
    for text in source.texts:
        for statement in text.statements:
            block = [n for s in statement.block for n in ast.walk(s)]
            loops = any(isinstance(s, ast.For | ast.While) for s in statement.block)
            if any(called(n) == "backward" for n in block) and not loops:
                yield text, statement.node


def _kept(source: Source, names: frozenset[str]) -> set[str]:
    """Return names that such a module was given: self.act = nn.Softmax(1), act = nn.Softmax(1)."""
    found = set()
    for _, node in source.walk():
        if isinstance(node, ast.Assign) and called(node.value) in names:
            found.add(ast.unparse(node.targets[0]))
    return found


def _is(node: ast.expr, names: frozenset[str], known: set[str]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if ast.unparse(node.func) in known:
        return True
    # nn.Softmax(1) makes a module, nn.Softmax(1)(x) applies it.
    made = isinstance(node.func, ast.Call) and called(node.func) in names
    return made or (called(node) in names and called(node)[:1].islower())


def _makes(node: ast.AST, kinds: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Assign) and called(node.value) in kinds


def _assigned_name(node: ast.AST) -> str:
    assert isinstance(node, ast.Assign)
    return ast.unparse(node.targets[0]).rpartition(".")[2]
