from typing import Any

import numpy as np
import pytest
import torch

from learnscope.measures.health import Summary, health, is_dead, summary
from tests.measures.by_hand import experiment, member


def weights(output_bias: float = 0.0, hidden_bias: float = 0.0) -> dict[str, Any]:
    """Return two ReLU units and one output; large negative biases switch units off."""
    return {
        "layers.0.weight": np.array([[1.0, 0.0], [0.0, 1.0]]),
        "layers.0.bias": np.array([hidden_bias, 0.0]),
        "layers.1.weight": np.array([[1.0, 1.0]]),
        "layers.1.bias": np.array([output_bias]),
    }


def model(**settings: Any) -> dict[str, Any]:
    return {"kind": "mlp", "hidden": [2], **settings}


def test_a_live_network_is_alive() -> None:
    found = health(member(experiment(model=model()), parameters=weights()))
    assert found.alive and not found.reason
    assert found.dead_units == (0,) and found.n_units == (2,)
    assert found.constant_outputs == ()


def test_an_output_relu_below_zero_everywhere_is_dead() -> None:
    settings = experiment(model=model(output="relu"))
    found = health(member(settings, parameters=weights(output_bias=-1e3)))
    assert found.dead and not found.alive
    assert "the output activation 'relu' stays at 0 for every row" in found.reason
    assert found.constant_outputs == ("arm B",)


def test_the_gradient_of_a_dead_network_is_zero_in_pytorch() -> None:
    t = member(experiment(model=model(output="relu")), parameters=weights(output_bias=-1e3))
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in t.result.parameters.items()}
    out = torch.from_numpy(t.member.parts["train"].x)
    for i in range(2):
        out = torch.relu(out @ tensors[f"layers.{i}.weight"].T + tensors[f"layers.{i}.bias"])
    loss = (out - torch.from_numpy(t.member.parts["train"].y)).square().mean()
    gradients = torch.autograd.grad(loss, list(tensors.values()))
    assert not any(g.any() for g in gradients)
    assert health(t).dead


def test_a_silent_hidden_layer_is_dead_although_the_bias_can_move() -> None:
    off = weights(output_bias=0.4, hidden_bias=-1e3)
    off["layers.0.bias"][:] = -1e3
    found = health(member(experiment(model=model()), parameters=off))
    assert found.dead
    assert "hidden layer 1 (relu) gives 0 for every row" in found.reason
    assert found.dead_units == (2,)


def test_one_silent_unit_is_counted_and_the_network_lives() -> None:
    found = health(member(experiment(model=model()), parameters=weights(hidden_bias=-1e3)))
    assert found.alive
    assert found.dead_units == (1,)


def test_a_constant_answer_with_a_gradient_is_not_dead() -> None:
    flat = weights()
    flat["layers.1.weight"] = np.zeros((1, 2))
    found = health(member(experiment(model=model()), parameters=flat))
    assert found.constant_outputs == ("arm B",)
    assert not found.dead


def test_all_zero_weights_of_two_layers_are_dead() -> None:
    settings = experiment(model=model(activation="tanh", init="zero"))
    found = health(member(settings))
    assert found.dead
    assert found.reason.startswith("hidden layer 1 (tanh) gives 0")


@pytest.mark.parametrize("output", ["log_softmax", "sigmoid"])
def test_other_outputs_are_alive_at_their_first_weights(output: str) -> None:
    loss = {"log_softmax": "nll", "sigmoid": "bce"}[output]
    settings = experiment(model=model(output=output), training={"loss": loss})
    assert health(member(settings)).alive


def test_a_diverged_member_says_its_cause() -> None:
    t = member(experiment(), status="diverged", cause="The loss became infinite.")
    found = health(t)
    assert found.diverged and not found.dead and not found.alive
    assert found.reason == "The loss became infinite."


def test_the_summary_names_dead_and_diverged_seeds() -> None:
    settings = experiment(model=model(output="relu"))
    members = [
        member(settings, seed=0, parameters=weights()),
        member(settings, seed=1, parameters=weights(output_bias=-1e3)),
        member(settings, seed=2, status="diverged"),
        member(settings, seed=3, status="diverged"),
    ]
    found = summary([health(t) for t in members])
    assert (found.alive, found.dead, found.diverged) == ((0,), (1,), (2, 3))
    assert found.sentence() == (
        "1 of 4 members is alive; 1 dead (seed 1) and 2 diverged (seeds 2, 3)."
    )
    assert summary([health(members[0])]).sentence() == "The member is alive."
    assert summary([health(members[2])]).sentence() == "No member is alive: 1 diverged (seed 2)."


def test_many_seeds_are_cut_after_twelve() -> None:
    found = Summary(alive=(), dead=tuple(range(250)), diverged=())
    assert found.sentence() == (
        "No member is alive: 250 dead (seeds 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 238 more)."
    )


def test_a_median_names_the_members_it_is_of() -> None:
    assert Summary(alive=(0, 1), dead=(), diverged=()).living() == "2 members"
    found = Summary(alive=tuple(range(14)), dead=tuple(range(14, 20)), diverged=())
    assert found.living() == "the 14 living of 20 members (6 dead)"


def test_the_quick_look_agrees_with_the_whole_one() -> None:
    settings = experiment(model=model(output="relu"))
    cases = [weights(), weights(hidden_bias=-1e3), weights(output_bias=-1e3)]
    found = [is_dead(member(settings, parameters=case)) for case in cases]
    assert found == [False, False, True]
    assert not is_dead(member(settings, status="diverged"))
