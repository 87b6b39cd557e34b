"""Which settings do not go together, and which are likely mistakes."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from learnscope.models.activations import ACTIVATIONS
from learnscope.models.init import DefaultInit, Init
from learnscope.models.mlp import Mlp

if TYPE_CHECKING:
    from learnscope.models.base import Model
    from learnscope.training.settings import Training

_PROBABILITIES = {"sigmoid", "softmax"}


def refusals(model: "Model", training: "Training") -> Iterator[str]:
    """Yield a sentence, beginning with the field, for each impossible combination."""
    loss, output = training.loss.kind_name(), model.output
    if loss in {"bce_logits", "cross_entropy"} and output in {*_PROBABILITIES, "log_softmax"}:
        better = _without_logits(str(loss), output)
        yield (
            f"model.output must be 'identity' for the loss {loss!r}, which applies the "
            f"{'sigmoid' if loss == 'bce_logits' else 'softmax'} itself, got {output!r}: the loss "
            f"could never come near 0. Use the output 'identity'{better}."
        )
    if loss == "bce" and output not in {"sigmoid", "step"}:
        yield (
            f"model.output must be 'sigmoid' for the loss 'bce', which needs probabilities, got "
            f"{output!r}. Use the loss 'bce_logits' with the output 'identity'."
        )
    if loss == "nll" and output != "log_softmax":
        yield (
            f"model.output must be 'log_softmax' for the loss 'nll', which needs "
            f"log-probabilities, got {output!r}. Use the loss 'cross_entropy' with 'identity'."
        )
    if output == "log_softmax" and training.loss.family == "value":
        yield (
            f"model.output must not be 'log_softmax' for the loss {loss!r}, which compares "
            "numbers. Use 'softmax' or 'identity'."
        )
    if training.epochs and "step" in _activations(model):
        yield (
            "model.activation 'step' has slope 0 everywhere and cannot be trained; it is for "
            "viewing. Set training.epochs = 0, or use 'sigmoid'."
        )
    if model.weights is not None and model.init != DefaultInit():
        yield (
            f"model.init = {model.init.kind_name()!r} would do nothing, as model.weights sets all "
            "weights by hand. Leave one of the two out."
        )
    if training.dropout and not (isinstance(model, Mlp) and model.hidden):
        yield "training.dropout must be 0 for a model without hidden layers: it would do nothing."


def _all_zero(init: Init) -> bool:
    values = init.model_dump()
    return values["kind"] == "zero" or 0 in (values.get("sd"), values.get("gain"))


def _without_logits(loss: str, output: str) -> str:
    if loss == "bce_logits" and output == "sigmoid":
        return ", or the loss 'bce' with 'sigmoid'"
    if loss == "cross_entropy" and output == "log_softmax":
        return ", or the loss 'nll' with 'log_softmax'"
    return ""


def _activations(model: "Model") -> set[str]:
    hidden: tuple[str, ...] = ()
    if isinstance(model, Mlp):
        hidden = (model.activation,) if isinstance(model.activation, str) else model.activation
    return {model.output, *hidden}


def warnings(model: "Model", training: "Training") -> Iterator[str]:
    """Yield a sentence for each setting that is allowed but likely a mistake."""
    if not training.epochs:
        return
    logits = training.loss.kind_name() in {"bce_logits", "cross_entropy"}
    bounds = ACTIVATIONS[model.output]
    if logits and bounds.low == 0:
        yield (
            f"model.output = {model.output!r} removes all evidence against a class: logits must be "
            "able to be negative. Use 'identity'."
        )
    elif logits and math.isfinite(bounds.low):
        yield (
            f"model.output = {model.output!r} keeps logits above {bounds.low:g}, so that no class "
            "can be ruled out. Use 'identity'."
        )
    elif model.output == "relu":
        yield (
            "model.output = 'relu' gives a part of the runs an output of 0 for every row, with a "
            "gradient of 0 for good (a dead output). Use 'identity' or 'sigmoid'."
        )
    if not 1e-6 <= training.lr <= 1:
        yield (
            f"training.lr = {training.lr:g} is outside 1e-6 ... 1, where learning rates almost "
            "always are. Was another number meant?"
        )
    # A linear model has no units to keep apart: it learns from zero weights as well.
    deep = isinstance(model, Mlp) and len(model.hidden) > 0
    if deep and model.weights is None and _all_zero(model.init):
        yield (
            "model.init gives every weight the value 0: all units of a layer then stay equal, and "
            "layers behind each other get no gradient. Use 'default', 'kaiming' or 'xavier'."
        )
