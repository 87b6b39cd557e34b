"""Lines of a program that findings about its parts belong to."""

from __future__ import annotations

import ast

from learnscope.doctor.static.source import OPTIMIZERS, Source, called
from learnscope.doctor.watching.seen import Seen

OF_LOSS = frozenset(
    {"broadcast-loss", "swapped-loss-arguments", "wrong-loss-sign", "constant-loss", "wrong-loss"}
    | {"loss-below-floor", "unstable-loss", "sum-reduction", "penalty-too-strong"}
)
OF_OPTIMIZER = frozenset(
    {"lr-too-high", "lr-too-low", "momentum-too-long", "weight-decay-too-strong", "oscillation"}
    | {"optimizer-misses-parameters", "exploding-gradient"}
)
OF_MODEL = frozenset(
    {"softmax-before-cross-entropy", "sigmoid-before-bce-with-logits", "output-range"}
    | {"missing-log-probabilities", "unregistered-parameters", "detached-graph", "rows-mixed"}
    | {"input-ignored", "constant-init", "init-scale", "missing-nonlinearity", "dead-units"}
    | {"saturated-units", "vanishing-gradient", "conv-collapse", "bottleneck-too-small"}
    | {"capacity-too-small", "dead-code", "copying-autoencoder", "dropout-too-strong"}
    | {"eval-mode-ignored", "frozen-parameters", "batchnorm-statistics", "underfitting"}
)


def line_for(slug: str, source: Source, seen: Seen) -> str:
    """Return "train.py:41" for a fault of a part of the program, "" where it has no line."""
    model = seen.main_model()
    if model is None:
        return ""
    loss = seen.main_loss(model)
    if slug in OF_LOSS and loss is not None:
        return loss.call_where or loss.where
    if slug in OF_OPTIMIZER:
        return _call_line(source, OPTIMIZERS)
    if slug in OF_MODEL:
        return _class_line(source, type(model.module).__name__) or model.where
    if slug == "ordered-batches":
        return _call_line(source, frozenset({"DataLoader"}))
    return ""


def _call_line(source: Source, names: frozenset[str]) -> str:
    for text, node in source.walk():
        if isinstance(node, ast.Call) and called(node) in names:
            return text.where(node)
    return ""


def _class_line(source: Source, name: str) -> str:
    """Return the line of the class of a model, or of the Sequential that it is."""
    for text, node in source.walk():
        if isinstance(node, ast.ClassDef) and node.name == name:
            return text.where(node)
    return _call_line(source, frozenset({name}))
