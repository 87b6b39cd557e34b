"""Numbers that cannot be meant, and shapes that may meet badly."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.source import OPTIMIZERS, Source, called, keyword

RESHAPING = ("squeeze", "unsqueeze", "view", "reshape", "flatten", "view_as", "expand_dims")

LARGEST_RATE = 10.0
"""No optimiser's published setting has a rate above 1; ten times that is a slip, 784 surely."""


def look(source: Source) -> Iterator[Hint]:
    """Yield rates that are too large and outputs of one column that nothing brings in shape."""
    yield from _rates(source)
    yield from _one_column(source)
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


def _one_column(source: Source) -> Iterator[Hint]:
    names = {called(n) for _, n in source.walk() if isinstance(n, ast.Call)}
    if names & set(RESHAPING) or _new_axis(source):
        return
    linear = list(source.calls("Linear"))
    losses = list(source.calls("MSELoss", "mse_loss", "L1Loss", "SmoothL1Loss", "HuberLoss"))
    if not linear or not losses:
        return
    last = linear[-1][1]
    out = last.args[1] if len(last.args) > 1 else keyword(last, "out_features")
    if isinstance(out, ast.Constant) and out.value == 1 and "randn" not in names:
        text, call = losses[0]
        yield Hint(
            slug="broadcast-loss",
            title="Outputs (n, 1) may meet targets (n,)",
            where=text.where(call),
            why="Then the loss compares all n x n pairs, and the best the model can do is to "
            "predict the mean. Nothing in the program brings the two into one shape.",
            change="y = y.view(-1, 1), or output.squeeze(1)",
            confidence="possible",
        )


def _new_axis(source: Source) -> bool:
    """Whether something is indexed with None, or by a list: both may give columns."""
    return any(
        isinstance(node, ast.Subscript)
        and ("None" in ast.unparse(node) or "[[" in ast.unparse(node))
        for _, node in source.walk()
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
