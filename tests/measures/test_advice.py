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
    assert "The member answers the same for every row" in advice(facts)[0].because


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


def test_unscaled_inputs_are_scaled_first_where_a_linear_baseline_is_better() -> None:
    # Columns of these data run from thousandths to hundreds.
    facts = flat(problem={"kind": "breast_cancer"})
    assert facts.simpler is not None and facts.simpler.better
    found = advice(facts)
    assert found[0].overrides == {"features": '["standardise"]'}
    assert "The standard deviations of the inputs run from" in found[0].because
    again = advice(flat(problem={"kind": "breast_cancer"}, features=["standardise"]))
    assert not any("features" in item.overrides for item in again)


def test_linear_hidden_layers_get_an_activation_and_no_width() -> None:
    found = flags(advice(flat(model={"kind": "mlp", "hidden": [10], "activation": "identity"})))
    assert found[0] == "--model.activation relu"
    assert not any("model.hidden" in text for text in found)


def test_many_classes_learned_as_numbers_get_the_loss_of_classes() -> None:
    three = {"kind": "spirals", "arms": 3}
    assert "--training.loss cross_entropy" in flags(advice(flat(problem=three)))
    assert not any("cross_entropy" in text for text in flags(advice(flat())))


@pytest.mark.parametrize(
    ("lr", "first"),
    [
        (30.0, "--training.lr 0.1"),
        (1e-5, "--training.lr 1e-06"),
        (1e-7, "--training.clip_norm 1.0"),
    ],
)
def test_the_proposed_rate_stays_within_reason(lr: float, first: str) -> None:
    facts = gather([member(experiment(training={"lr": lr}), status="diverged", cause="It grew.")])
    assert flags(advice(facts))[0] == first


def test_a_stopped_member_gets_patience_before_widths() -> None:
    training = {"stopping": {"patience": 5}, "split": {"validation": 0.2}, "epochs": 100}
    settings = experiment(training=training)
    losses = np.linspace(3.0, 1.0, 41).tolist()
    found = flags(advice(gather([member(settings, losses=losses, status="stopped")])))
    assert found[0] == "--training.stopping.patience 20"


def test_a_missed_rare_class_gets_a_weight() -> None:
    problem = {"kind": "gaussians", "n": [980, 20], "means": [[0, 0], [6, 0]]}
    settings = experiment(problem=problem, model={"kind": "linear"})
    nothing = {"layers.0.weight": np.zeros((1, 2)), "layers.0.bias": np.zeros(1)}
    found = flags(advice(gather([member(settings, parameters=nothing)])))
    assert found[0] == "--training.class_weights balanced --training.loss cross_entropy"


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
