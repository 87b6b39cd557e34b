"""Numbers that cannot be meant, and layers with nothing between them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.source import OPTIMIZERS, Source, called, keyword

LARGEST_RATE = 10.0
"""No optimiser's published setting has a rate above 1; ten times that is a slip, 784 surely."""


def look(source: Source) -> Iterator[Hint]:
    """Yield rates that are too large and linear layers that follow each other."""
    yield from _rates(source)
    yield from _linear_only(source)


def _rates(source: Source) -> Iterator[Hint]:
    for text, call in source.calls(*(OPTIMIZERS - {"LBFGS"})):
        rate = keyword(call, "lr") or (call.args[1] if len(call.args) > 1 else None)
        if not isinstance(rate, ast.Constant) or not isinstance(rate.value, int | float):
            continue
        if rate.value >= LARGEST_RATE:
            yield Hint(
                slug="lr-too-high",
                title=f"A learning rate of {rate.value:g}",
                where=text.where(call),
                why="A step is lr times the gradient; above 2 / curvature it makes the loss "
                "larger. Were the arguments given in the wrong order?",
                change="lr=1e-3, by name",
                confidence="possible",
                edits=(text.replace(rate, "1e-3"),),
            )


def _linear_only(source: Source) -> Iterator[Hint]:
    """Look for layers of a Sequential with nothing between them."""
    for text, call in source.calls("Sequential"):
        names = [called(a) for a in call.args]
        pairs = [i for i in range(len(names) - 1) if names[i] == names[i + 1] == "Linear"]
        if pairs:
            first = call.args[pairs[0]]
            yield Hint(
                slug="missing-nonlinearity",
                title="Two linear layers without an activation between them",
                where=text.where(first),
                why="W2 (W1 x + b1) + b2 is one linear map: the second layer adds nothing that the "
                "first could not do.",
                change="nn.ReLU() between them",
                confidence="possible",
                edits=(text.replace(first, f"{text.segment(first)}, nn.ReLU()"),),
            )
