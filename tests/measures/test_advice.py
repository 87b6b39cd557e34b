import shlex
from typing import Any

import numpy as np
import pytest

from learnscope.measures.advice import Advice, advice
from learnscope.measures.facts import Facts, gather
from tests.measures.by_hand import experiment, member, trained


def overfitted() -> Facts:
    return gather(
        trained(
            experiment(
                problem={"kind": "gaussians", "n": 30, "means": [[0.0] * 10, [0.5] * 10]},
                model={"kind": "mlp", "hidden": [32]},
                training={"epochs": 300, "lr": 0.02, "eval_every": 30},
            )
        )
    )


def flat(**settings: Any) -> Facts:
    """Return facts of first weights whose loss, it is said, had stopped falling."""
    return gather([member(experiment(**settings), losses=[1.0] * 101)])


def flags(found: tuple[Advice, ...]) -> list[str]:
    return [item.flags for item in found]


def test_a_dead_output_relu_gets_another_output() -> None:
    settings = experiment(model={"kind": "mlp", "hidden": [2], "output": "relu"})
    dead = {k: np.full(v.shape, -1.0) for k, v in member(settings).result.parameters.items()}
    facts = gather([member(settings, parameters=dead)])
    assert flags(advice(facts))[0] == "--model.output identity"
    assert "1 of 1 members answer the same for every row" in advice(facts)[0].because


def test_zero_weights_get_drawn_ones() -> None:
    assert flags(advice(flat(model={"kind": "mlp", "init": "zero"})))[0] == "--model.init default"


def test_divergence_gets_a_lower_rate() -> None:
    settings = experiment(training={"lr": 3.0})
    facts = gather([member(settings, status="diverged", cause="The loss became infinite.")])
    assert flags(advice(facts)) == ["--training.lr 0.03", "--training.clip_norm 1.0"]


def test_a_gap_gets_rows_stopping_and_decay_with_amounts() -> None:
    facts = overfitted()
    assert flags(advice(facts)) == [
        "--problem.n 120",
        "--training.stopping.patience 30 --training.split.validation 0.15",
        "--training.weight_decay 0.001",
    ]
    assert f"{100 * facts.gap:.1f} % of the labels" in advice(facts)[0].because


def test_real_data_are_not_asked_for_more_rows() -> None:
    facts = flat(problem={"kind": "diabetes"})
    assert not any("problem.n" in item.overrides for item in advice(facts))


def test_a_falling_loss_gets_more_epochs_or_a_higher_rate() -> None:
    losses = np.linspace(2.0, 1.0, 101).tolist()
    facts = gather([member(experiment(training={"lr": 0.01}), losses=losses)])
    assert flags(advice(facts)) == ["--training.epochs 3000", "--training.lr 0.03"]


@pytest.mark.parametrize(
    ("model", "first"),
    [
        ({"kind": "mlp", "hidden": [4, 2]}, "--model.hidden 8,4"),
        ({"kind": "mlp", "hidden": [4]}, "--model.hidden 8"),
        ({"kind": "mlp", "hidden": []}, "--model.hidden 8,8"),
        ({"kind": "linear"}, "--model.kind mlp --model.hidden 8,8"),
        ({"kind": "polynomial", "degree": 3}, "--model.degree 6"),
    ],
)
def test_a_flat_poor_fit_gets_a_bigger_model(model: dict[str, Any], first: str) -> None:
    assert flags(advice(flat(model=model)))[0] == first


def test_the_output_a_loss_needs_survives_a_change_of_model() -> None:
    facts = flat(model={"kind": "linear", "output": "sigmoid"}, training={"loss": "bce"})
    assert flags(advice(facts))[0] == "--model.kind mlp --model.hidden 8,8 --model.output sigmoid"


def test_large_inputs_get_scaled() -> None:
    found = advice(flat(problem={"kind": "spirals", "revolutions": 3}))
    assert found[1].overrides == {"features": '["standardise"]'}
    assert "standard deviation of the input 'x1' is" in found[1].because


def test_a_solved_problem_gets_nothing_but_fresh_examples() -> None:
    problem = {"kind": "gaussians", "means": [[0, 0], [2, 0]], "n": 200}
    settings = experiment(problem=problem, model={"kind": "linear"}, seed=5)
    best = {"layers.0.weight": np.array([[1.0, 0.0]]), "layers.0.bias": np.array([-0.5])}
    found = advice(gather([member(settings, parameters=best)]))
    assert flags(found) == ["--seed 6"]
    assert found[0].try_this.startswith("Nothing to mend")


def test_weights_set_by_hand_get_no_advice() -> None:
    assert advice(flat(training={"epochs": 0})) == ()


@pytest.mark.parametrize(
    "settings",
    [
        {"model": {"kind": "mlp", "init": "zero"}},
        {"model": {"kind": "linear", "output": "sigmoid"}, "training": {"loss": "bce"}},
        {"problem": {"kind": "sine"}},
        {"problem": {"kind": "iris"}},
        {"problem": {"kind": "gaussians", "n": [50, 80]}},
        {"model": {"kind": "mlp", "hidden": [3, 3], "activation": ["relu", "tanh"]}},
        {"training": {"split": {"test": 0}}},
    ],
)
def test_every_flag_makes_a_valid_experiment(settings: dict[str, Any]) -> None:
    facts = flat(**settings)
    for item in advice(facts):
        words = shlex.split(item.flags)
        pairs = {w.removeprefix("--"): v for w, v in zip(words[::2], words[1::2], strict=True)}
        assert pairs == item.overrides
        assert facts.experiment.override(pairs) != facts.experiment
