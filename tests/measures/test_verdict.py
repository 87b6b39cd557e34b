from typing import Any

import numpy as np
import pytest

from learnscope.measures.facts import Facts, gather
from learnscope.measures.verdict import verdict
from tests.measures.by_hand import experiment, member, trained


def facts_of(**settings: Any) -> Facts:
    return gather(trained(experiment(**settings)))


def test_a_perfect_boundary_on_a_known_pair_is_solved() -> None:
    problem = {"kind": "gaussians", "means": [[0, 0], [2, 0]], "n": 200}
    settings = experiment(problem=problem, model={"kind": "linear"})
    best = {"layers.0.weight": np.array([[1.0, 0.0]]), "layers.0.bias": np.array([-0.5])}
    found = verdict(gather([member(settings, parameters=best)]))
    assert found.word == "Solved"
    # Phi(1) = 0.8413.
    assert "the best possible model expects 84.1 % (closed form)" in found.sentence


def test_a_line_through_spirals_is_underfitted() -> None:
    found = verdict(
        facts_of(model={"kind": "linear"}, training={"epochs": 600, "lr": 0.05, "eval_every": 10})
    )
    assert found.word == "Underfitted"
    assert found.sentence.startswith("Not even the training rows are fitted")


def test_a_loss_that_still_falls_is_unfinished() -> None:
    found = verdict(facts_of(training={"epochs": 100, "lr": 0.003}))
    assert found.word == "Unfinished"
    assert "% in the last tenth of the epochs" in found.sentence


def test_a_wide_network_on_few_rows_of_ten_inputs_is_overfitted() -> None:
    found = verdict(
        facts_of(
            problem={"kind": "gaussians", "n": 30, "means": [[0.0] * 10, [0.5] * 10]},
            model={"kind": "mlp", "hidden": [32]},
            training={"epochs": 300, "lr": 0.02, "eval_every": 30},
        )
    )
    assert found.word == "Overfitted"
    assert "training accuracy 100" in found.sentence


def test_untrained_weights_are_said_to_be_set_by_hand() -> None:
    model = {"kind": "linear", "output": "step", "weights": [{"weight": [[1, 1]], "bias": [-1.5]}]}
    training = {"epochs": 0, "split": {"test": 0}}
    found = verdict(gather([member(experiment(problem="gates", model=model, training=training))]))
    assert (found.word, found.sentence) == (
        "Untrained",
        "Nothing was trained: the weights are set by hand. They give training accuracy 100 %.",
    )


@pytest.mark.parametrize(("count", "who"), [(1, "The member"), (2, "Seed 0, the first of them,")])
def test_the_cause_of_a_total_loss_is_named(count: int, who: str) -> None:
    members = [
        member(experiment(), seed=s, status="diverged", cause="The loss became infinite.")
        for s in range(count)
    ]
    found = verdict(gather(members))
    assert found.word == "Diverged"
    assert f"{who} diverged: The loss became infinite." in found.sentence


def test_dead_members_are_named_beside_the_verdict_on_the_others() -> None:
    settings = experiment(model={"kind": "mlp", "hidden": [2], "output": "relu"})
    first = member(settings)
    dead = {k: np.full(v.shape, -1.0) for k, v in first.result.parameters.items()}
    alive = {k: np.full(v.shape, 1.0) for k, v in first.result.parameters.items()}
    members = [
        member(settings, seed=0, parameters=alive),
        member(settings, seed=1, parameters=dead),
    ]
    assert verdict(gather(members)).sentence.endswith("1 of 2 members is alive; 1 dead (seed 1).")


def test_rows_without_a_test_are_only_fitted() -> None:
    training = {"split": {"test": 0}, "epochs": 300, "lr": 0.02}
    found = verdict(facts_of(training=training, problem={"kind": "spirals", "n": 40}))
    assert found.word == "Fitted"
    assert found.sentence.endswith("There are no test rows.")
