import re
from typing import Any

import pytest

from learnscope.errors import InputError
from learnscope.experiment import Experiment, read_experiment

ANY = {"weight": [[1.0, 1.0]]}


def make(model: dict[str, Any], training: dict[str, Any]) -> Experiment:
    return read_experiment(
        {"problem": "spirals", "model": {"kind": "mlp", **model}, "training": training}
    )


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"output": "softmax"},
        {"loss": "cross_entropy"},
        "model.output must be 'identity' for the loss 'cross_entropy', which applies the softmax "
        "itself, got 'softmax': the loss could never come near 0. Use the output 'identity'.",
    ),
    (
        {"output": "sigmoid"},
        {"loss": "bce_logits"},
        "which applies the sigmoid itself, got 'sigmoid': the loss could never come near 0. Use "
        "the output 'identity', or the loss 'bce' with 'sigmoid'.",
    ),
    (
        {"output": "log_softmax"},
        {"loss": "cross_entropy"},
        "Use the output 'identity', or the loss 'nll' with 'log_softmax'.",
    ),
    ({"output": "softmax"}, {"loss": "bce_logits"}, "got 'softmax': the loss could never come"),
    (
        {},
        {"loss": "bce"},
        "model.output must be 'sigmoid' for the loss 'bce', which needs probabilities, got "
        "'identity'. Use the loss 'bce_logits' with the output 'identity'.",
    ),
    (
        {},
        {"loss": "nll"},
        "model.output must be 'log_softmax' for the loss 'nll', which needs log-probabilities, "
        "got 'identity'. Use the loss 'cross_entropy' with 'identity'.",
    ),
    ({"output": "softmax"}, {"loss": "nll"}, "must be 'log_softmax' for the loss 'nll'"),
    ({"output": "log_softmax"}, {}, "model.output must not be 'log_softmax' for the loss 'mse'"),
    ({"activation": "step"}, {}, "'step' has slope 0 everywhere and cannot be trained"),
    ({"activation": ["relu", "step"]}, {}, "'step' has slope 0 everywhere and cannot be trained"),
    ({"output": "step"}, {}, "'step' has slope 0 everywhere and cannot be trained"),
    ({"hidden": []}, {"dropout": 0.5}, "training.dropout must be 0 for a model without hidden"),
    (
        {"hidden": [], "weights": [ANY], "init": "xavier"},
        {},
        "model.init = 'xavier' would do nothing, as model.weights sets all weights by hand.",
    ),
    (
        {},
        {"stopping": {}},
        "training.stopping needs validation rows, got split.validation = 0. Set, for example, "
        "training.split.validation = 0.15.",
    ),
    (
        {},
        {"class_weights": [1, 2]},
        "class_weights must be left out for losses of numbers, got loss 'mse'.",
    ),
    ({}, {"optimizer": "adamw", "decoupled": False}, "decoupled must not be false for adamw"),
    (
        {},
        {"schedule": {"kind": "cosine", "warmup": 1000}},
        "training.schedule.warmup must be less than the 1000 epochs, got 1000",
    ),
]


@pytest.mark.parametrize(("model", "training", "text"), REFUSED)
def test_impossible_combinations_are_refused_with_the_way_out(
    model: dict[str, Any], training: dict[str, Any], text: str
) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        make(model, training)


def test_a_linear_model_has_no_hidden_layer_to_drop() -> None:
    with pytest.raises(InputError, match="dropout must be 0 for a model without hidden layers"):
        read_experiment({"problem": "spirals", "model": "linear", "training": {"dropout": 0.1}})


POSSIBLE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"output": "sigmoid"}, {"loss": "bce"}),
    ({"output": "log_softmax"}, {"loss": "nll"}),
    ({}, {"loss": "cross_entropy", "class_weights": "balanced"}),
    ({}, {"loss": "bce_logits", "class_weights": [1, 3]}),
    ({"activation": "step"}, {"epochs": 0}),
    ({"hidden": [], "weights": [ANY]}, {}),
    ({}, {"dropout": 0.5}),
    ({}, {"stopping": {}, "split": {"validation": 0.2}}),
    ({"output": "sigmoid"}, {"loss": "mse"}),
    ({}, {"schedule": {"kind": "cosine", "warmup": 1000}, "epochs": 0}),
]


@pytest.mark.parametrize(("model", "training"), POSSIBLE)
def test_sound_combinations_are_taken_in_silence(
    model: dict[str, Any], training: dict[str, Any]
) -> None:
    assert make(model, training).warnings() == ()


WARNED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    # T7
    ({"output": "relu"}, {}, "model.output = 'relu' gives a part of the runs an output of 0"),
    # T8
    (
        {"output": "relu"},
        {"loss": "cross_entropy"},
        "model.output = 'relu' removes all evidence against a class: logits must be able to",
    ),
    (
        {"output": "softplus"},
        {"loss": "bce_logits"},
        "model.output = 'softplus' removes all evidence against a class",
    ),
    ({"output": "tanh"}, {"loss": "bce_logits"}, "model.output = 'tanh' keeps logits above -1"),
    # T11
    ({}, {"lr": 784.0}, "training.lr = 784 is outside 1e-6 ... 1, where learning rates almost"),
    ({}, {"lr": 1e-9}, "training.lr = 1e-09 is outside 1e-6 ... 1"),
    # T13
    ({"init": "zero"}, {}, "model.init gives every weight the value 0: all units of a layer"),
    ({"init": {"kind": "normal", "sd": 0.0}}, {}, "model.init gives every weight the value 0"),
    ({"init": {"kind": "orthogonal", "gain": 0}}, {}, "model.init gives every weight the value 0"),
]


@pytest.mark.parametrize(("model", "training", "text"), WARNED)
def test_likely_mistakes_are_warned_of_once(
    model: dict[str, Any], training: dict[str, Any], text: str
) -> None:
    warnings = make(model, training).warnings()
    assert len(warnings) == 1 and text in warnings[0]
    # Nothing is trained with 0 epochs, so that nothing can go wrong.
    assert make(model, {**training, "epochs": 0}).warnings() == ()


def test_zero_weights_are_no_mistake_in_a_linear_model() -> None:
    assert make({"hidden": [], "init": "zero"}, {"loss": "bce_logits"}).warnings() == ()


def test_several_mistakes_give_several_warnings() -> None:
    assert len(make({"output": "relu", "init": "zero"}, {"lr": 784.0}).warnings()) == 3
