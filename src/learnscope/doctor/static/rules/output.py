"""Outputs and losses that do not go together."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.edits import Edit
from learnscope.doctor.static.source import Source, Text, called

SOFTMAX = frozenset({"softmax", "Softmax"})
SIGMOID = frozenset({"sigmoid", "Sigmoid"})
RELU = frozenset({"relu", "ReLU"})
CROSS_ENTROPY = ("CrossEntropyLoss", "cross_entropy")
WITH_LOGITS = ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits")


def look(source: Source) -> Iterator[Hint]:
    """Yield what the ends of models and the losses give away."""
    yield from _closing(source)
    yield from _swapped(source)
    yield from _missing_log(source)
    yield from _one_column(source)


def _closing(source: Source) -> Iterator[Hint]:
    """Look for a closing activation that the loss does by itself."""
    for text, node, name, edit in _endings(source):
        kind = {name} & (SOFTMAX | SIGMOID | RELU)
        only = sum(1 for _ in source.modules()) + sum(1 for _ in source.calls("Sequential")) == 1
        edits = (edit,)
        where = text.where(node)
        if kind & SOFTMAX and source.has_call(*CROSS_ENTROPY):
            yield Hint(
                slug="softmax-before-cross-entropy",
                title="Softmax before cross-entropy, which applies one itself",
                where=where,
                why="CrossEntropyLoss computes -log softmax(o)[y]; of probabilities it cannot fall "
                "below log(e + k - 1) - 1, which is 1.46 for 10 classes. The gradients shrink "
                "likewise.",
                change="Return the layer's output as it is; softmax is for reading predictions.",
                confidence="likely" if only else "possible",
                edits=edits,
            )
        if kind & SIGMOID and source.has_call(*WITH_LOGITS):
            yield Hint(
                slug="sigmoid-before-bce-with-logits",
                title="Sigmoid before a loss that applies one itself",
                where=where,
                why="BCEWithLogitsLoss computes the sigmoid of what it gets; of outputs in (0, 1) "
                "it cannot fall below 0.31 for y = 1 and 0.69 for y = 0.",
                change="Return the layer's output as it is, or use BCELoss.",
                edits=edits,
            )
        if (
            kind & RELU
            and only
            and source.has_call(*CROSS_ENTROPY, *WITH_LOGITS, "MSELoss", "mse_loss")
        ):
            yield Hint(
                slug="output-range",
                title="ReLU behind the last layer",
                where=where,
                why="max(0, o) has no negative values and no gradient below 0: negative targets "
                "and evidence against a class cannot be said, and a row that is at 0 stays there.",
                change="Return the last layer's output as it is.",
                confidence="possible",
                edits=edits,
            )


Ending = tuple[Text, ast.expr, str, Edit]


def _endings(source: Source) -> Iterator[Ending]:
    """Yield what closes a model: the node, the activation's name, and the edit that drops it."""
    for text, function in source.forwards():
        layers = _activations(source)
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                value = _last_value(function, node.value)
                name = called(value)
                known = layers.get(name, name)
                inner = argument_of(value)
                if inner is not None:
                    yield text, value, known, text.replace(value, text.segment(inner))
    for text, call in source.calls("Sequential"):
        if call.args and isinstance(call.args[-1], ast.Call) and len(call.args) > 1:
            last = call.args[-1]
            yield text, last, called(last), text.drop_after(call.args[-2], last)


def _activations(source: Source) -> dict[str, str]:
    """Return attribute -> class for activations that modules keep: self.act = nn.ReLU()."""
    found = {}
    for _, node in source.walk():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            name = called(node.value)
            if name in SOFTMAX | SIGMOID | RELU:
                found[node.targets[0].attr] = name
    return found


def _last_value(function: ast.FunctionDef, value: ast.expr) -> ast.expr:
    """Return what a returned name was assigned last, else the value itself."""
    if not isinstance(value, ast.Name):
        return value
    last = value
    for node in function.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == value.id:
            last = node.value  # type: ignore[assignment]
    return last


def argument_of(call: ast.expr) -> ast.expr | None:
    """Return what an activation is applied to: x for F.softmax(x, 1), x.relu()."""
    if not isinstance(call, ast.Call):
        return None
    if isinstance(call.func, ast.Call):
        return call.args[0] if call.args else None
    if isinstance(call.func, ast.Attribute) and not call.args:
        return call.func.value
    if isinstance(call.func, ast.Attribute) and call.func.attr in SOFTMAX:
        base = ast.unparse(call.func.value)
        # x.softmax(1) has the tensor before the dot, F.softmax(x, 1) a module.
        modules = base in {"F", "torch", "self"} or base.rpartition(".")[2] == "functional"
        if not modules:
            return call.func.value
    return call.args[0] if call.args else None


def _swapped(source: Source) -> Iterator[Hint]:
    """Look for the target in the place of the output."""
    targets = ("y", "yb", "y_batch", "y_train", "target", "targets", "label", "labels", "y_true")
    losses = _loss_names(source)
    for text, call in source.calls(*losses, *CROSS_ENTROPY, *WITH_LOGITS):
        plain = [ast.unparse(a) for a in call.args]
        if len(plain) == 2 and plain[0] in targets and plain[1] not in targets:
            yield Hint(
                slug="swapped-loss-arguments",
                title="The loss gets (target, output)",
                where=text.where(call),
                why="Losses of PyTorch take the output first and the target second, and these are "
                "not symmetric: -sum t log p becomes -sum p log t.",
                change=f"{ast.unparse(call.func)}({plain[1]}, {plain[0]})",
                edits=(
                    text.replace(call.args[0], text.segment(call.args[1])),
                    text.replace(call.args[1], text.segment(call.args[0])),
                ),
            )


def _loss_names(source: Source) -> list[str]:
    """Return the names that unsymmetric losses were given."""
    kinds = {"CrossEntropyLoss", "BCEWithLogitsLoss", "BCELoss", "NLLLoss", "KLDivLoss"}
    found = []
    for _, node in source.walk():
        if isinstance(node, ast.Assign) and called(node.value) in kinds:
            found.append(ast.unparse(node.targets[0]).rpartition(".")[2])
    return found


def _missing_log(source: Source) -> Iterator[Hint]:
    if source.mentions("log_softmax", "LogSoftmax", "logsigmoid", "log"):
        return
    for text, call in source.calls("NLLLoss", "nll_loss"):
        name = {"NLLLoss": "CrossEntropyLoss", "nll_loss": "cross_entropy"}[called(call)]
        new = ast.unparse(call.func).replace(called(call), name)
        yield Hint(
            slug="missing-log-probabilities",
            title="NLLLoss without log-probabilities",
            where=text.where(call),
            why="NLLLoss is -o[y]: it has no lower bound unless o = log p. There is no log_softmax "
            "in the program.",
            change=f"Use {name}, which takes the outputs as they are.",
            edits=(text.replace(call.func, new),),
        )


def _one_column(source: Source) -> Iterator[Hint]:
    if not source.has_call(*CROSS_ENTROPY):
        return
    linear = list(source.calls("Linear"))
    if len(linear) < 1:
        return
    text, last = linear[-1]
    out = last.args[1] if len(last.args) > 1 else None
    if isinstance(out, ast.Constant) and out.value == 1:
        yield Hint(
            slug="constant-loss",
            title="Cross-entropy over one class",
            where=text.where(last),
            why="Softmax of one output is 1 whatever it is, so the loss is 0 and so is its "
            "gradient.",
            change="nn.BCEWithLogitsLoss() with y.float(), or 2 outputs",
            confidence="possible",
        )
