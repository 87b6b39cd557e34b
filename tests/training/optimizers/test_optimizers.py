import re
from typing import Any

import pytest
import torch

from learnscope.errors import InputError
from learnscope.training.optimizers import OPTIMIZERS
from learnscope.training.optimizers.memory import pack
from learnscope.training.settings import Training

TORCH = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "lbfgs": torch.optim.LBFGS,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_word_gives_pytorchs_optimizer_with_its_defaults(kind: str) -> None:
    weight = torch.nn.Parameter(torch.zeros(2))
    optimizer = Training(optimizer=kind).optimizer
    built = optimizer.build([{"params": [weight], "weight_decay": 0.0}], 0.25)
    assert type(built) is TORCH[kind]
    group, own = built.param_groups[0], TORCH[kind]([weight]).defaults
    # Ours: the rate, no decay in AdamW, ten curvature pairs and the search in L-BFGS; one pass
    # over each parameter in Adam.
    ours = {"lr", "weight_decay", "history_size", "line_search_fn", "params", "fused"}
    assert group["lr"] == 0.25
    assert {k: group[k] for k in own if k not in ours} == {
        k: v for k, v in own.items() if k not in ours
    }


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"kind": "adam", "beta1": 0.5, "beta2": 0.6, "eps": 0.1}, {"betas": (0.5, 0.6)}),
        ({"kind": "adamw", "beta1": 0.5, "beta2": 0.6, "eps": 0.1}, {"eps": 0.1}),
        ({"kind": "sgd", "momentum": 0.5, "dampening": 0.2}, {"momentum": 0.5, "dampening": 0.2}),
        ({"kind": "sgd", "momentum": 0.5, "nesterov": True}, {"nesterov": True}),
        (
            {"kind": "rmsprop", "alpha": 0.5, "eps": 0.1, "momentum": 0.2, "centered": True},
            {"alpha": 0.5, "eps": 0.1, "momentum": 0.2, "centered": True},
        ),
        (
            {"kind": "lbfgs", "max_iter": 3, "history": 4, "line_search": "none"},
            {"max_iter": 3, "history_size": 4, "line_search_fn": None},
        ),
    ],
)
def test_settings_reach_pytorch(settings: Any, fields: Any) -> None:
    weight = torch.nn.Parameter(torch.zeros(2))
    built = Training(optimizer=settings).optimizer.build([{"params": [weight]}], 0.1)
    assert {k: built.param_groups[0][k] for k in fields} == fields


@pytest.mark.parametrize(
    "settings",
    [
        "adam",
        "adamw",
        "sgd",
        {"kind": "sgd", "momentum": 0.5},
        "rmsprop",
        {"kind": "rmsprop", "momentum": 0.5, "centered": True},
    ],
)
def test_slots_name_all_that_pytorch_keeps(settings: Any) -> None:
    weight = torch.nn.Parameter(torch.zeros(2))
    optimizer = Training(optimizer=settings).optimizer
    built = optimizer.build([{"params": [weight], "weight_decay": 0.0}], 0.1)
    weight.grad = torch.ones(2)
    built.step()
    assert set(pack(built, {"w": weight})) == {f"w.{slot}" for slot in optimizer.slots()}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"kind": "sgd", "nesterov": True},
            "optimizer.nesterov needs a velocity to look ahead along, got momentum = 0. Set, for "
            "example, momentum = 0.9.",
        ),
        (
            {"kind": "sgd", "nesterov": True, "momentum": 0.9, "dampening": 0.1},
            "optimizer.dampening must be 0 with nesterov, got 0.1. Set one of the two.",
        ),
        ({"kind": "adam", "beta1": 1.0}, "optimizer.beta1 must be < 1, got 1.0."),
        ({"kind": "lbfgs", "max_iter": 0}, "optimizer.max_iter must be >= 1, got 0."),
        (
            {"kind": "lbfgs", "line_search": "wolfe"},
            "optimizer.line_search must be one of none, strong_wolfe, got 'wolfe'. Did you mean "
            "'strong_wolfe'?",
        ),
        ("adamm", "optimizer must be one of adam, adamw, lbfgs, rmsprop, sgd, got 'adamm'."),
    ],
)
def test_bad_setting_is_named_with_its_rule(settings: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Training(optimizer=settings)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", 32),
        ("dropout", 0.5),
        ("l1", 0.1),
        ("clip_norm", 1.0),
        ("clip_value", 1.0),
        ("decoupled", True),
    ],
)
def test_lbfgs_refuses_what_disturbs_its_objective(field: str, value: Any) -> None:
    message = (
        f"Training.{field} must be left out for the optimizer 'lbfgs', which compares the losses "
        f"and slopes of one smooth function of all rows, got {value!r}. Use the optimizer 'adam' "
        "with it."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        Training(optimizer="lbfgs", **{field: value})
