"""Which settings do not go together, and which are likely mistakes."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from learnscope.models.activations import ACTIVATIONS
from learnscope.models.init import DefaultInit, Init
from learnscope.models.linear import Linear
from learnscope.models.mlp import Mlp
from learnscope.models.polynomial import Polynomial
from learnscope.models.recurrent import Recurrent

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
    if model.weights is not None and not isinstance(model, _DENSE):
        yield (
            "model.weights must be left out for models that are not chains of dense layers, as "
            f"{model.kind_name()!r}."
        )
    if training.dropout and not (isinstance(model, Mlp) and model.hidden):
        if model.hidden_activations():
            yield f"training.dropout must be 0 for the model {model.kind_name()!r}: use 'mlp'."
        else:
            yield (
                "training.dropout must be 0 for a model without hidden layers: it would do nothing."
            )
    if model.learns == "inputs":
        yield from _own_inputs(model, training)


def _own_inputs(model: "Model", training: "Training") -> Iterator[str]:
    """Yield what a model that learns its own inputs cannot be trained with."""
    loss, kind = training.loss.kind_name(), model.kind_name()
    if training.loss.family == "class":
        yield (
            f"training.loss must be one of numbers for the model {kind!r}, whose targets are its "
            f"own inputs, got {loss!r}. Use 'mse', or 'bce' with the output 'sigmoid' for inputs "
            "in [0, 1]."
        )
    if training.class_weights is not None:
        yield (
            f"training.class_weights must be left out for the model {kind!r}: its targets are its "
            "own inputs, not classes."
        )


_DENSE = (Linear, Mlp, Polynomial)


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
    return {model.output, *model.hidden_activations()}


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
    if training.loss.kind_name() == "softmax_twice":
        yield (
            "training.loss = 'softmax_twice' applies the softmax to shares, so that it can never "
            "come near 0: it shows a fault. Use 'cross_entropy'."
        )
    if isinstance(model, Recurrent) and model.detached:
        yield (
            "model.detached = true cuts the outputs off from the weights, so that no gradient "
            "reaches them and they never move: it shows a fault. Leave it out."
        )
    if not 1e-6 <= training.lr <= 1:
        yield (
            f"training.lr = {training.lr:g} is outside 1e-6 ... 1, where learning rates almost "
            "always are. Was another number meant?"
        )
    # A linear model has no units to keep apart: it learns from zero weights as well.
    deep = len(model.hidden_activations()) > 0
    if deep and model.weights is None and _all_zero(model.init):
        yield (
            "model.init gives every weight the value 0: all units of a layer then stay equal, and "
            "layers behind each other get no gradient. Use 'default', 'kaiming' or 'xavier'."
        )
