import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from learnscope.measures.advice import advice
from learnscope.measures.facts import Facts, gather
from learnscope.measures.simpler import Simpler
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


def constant(value: float) -> dict[str, Any]:
    """Return weights of a linear model of two inputs that always answers this."""
    return {"layers.0.weight": np.zeros((1, 2)), "layers.0.bias": np.array([value])}


def pair(n: Any, distance: float) -> dict[str, Any]:
    return {"kind": "gaussians", "means": [[0, 0], [distance, 0]], "n": n}


def test_a_rare_class_that_is_never_found_is_not_good() -> None:
    # 2 % of the rows are of the second class, 6 standard deviations away: all can be found.
    settings = experiment(problem=pair([1960, 40], 6.0), model={"kind": "linear"})
    t = member(settings, parameters=constant(0.0))
    found = verdict(gather([t]))
    y = t.member.sample.y[t.member.rows.test]
    assert found.word == "One-sided"
    assert f"it labels 0 % of its {(y == 1).sum()} test rows right" in found.sentence
    # Scikit-learn's balanced accuracy of the same answers.
    assert balanced_accuracy_score(y, np.zeros_like(y)) == 0.5
    assert "a balanced accuracy of 50 %" in found.sentence
    assert f"the commonest class has {100 * np.mean(y == 0):.1f} %" in found.sentence


def test_a_rare_class_that_is_found_is_named_with_its_share() -> None:
    settings = experiment(problem=pair([980, 20], 6.0), model={"kind": "linear"})
    # Class 1 lies beyond x1 = 4, where the output passes 1/2.
    best = {"layers.0.weight": np.array([[1.0, 0.0]]), "layers.0.bias": np.array([-3.5])}
    found = verdict(gather([member(settings, parameters=best)]))
    assert found.word == "Solved"
    assert "The rare class" in found.sentence and "is found in" in found.sentence


def test_a_rare_class_that_nobody_can_find_is_no_fault_of_the_model() -> None:
    # Means so near that the best answer is always the commoner class.
    settings = experiment(problem=pair([980, 20], 0.1), model={"kind": "linear"})
    facts = gather([member(settings, parameters=constant(0.0))])
    assert verdict(facts).word == "Solved"


def sound(**changes: Any) -> Facts:
    """Return facts of a linear model whose numbers are set to those of a sound fit."""
    settings = experiment(problem=pair(200, 2.0), model={"kind": "linear"})
    facts = gather([member(settings, losses=[1.0] * 101)])
    usual: dict[str, Any] = {
        "train_error": 0.03, "test_error": 0.04, "gap": 0.01, "noise": 0.01, "fall": 0.0,
        "floor_error": None, "ceiling": None, "target_scores": None, "simpler": None,
    }  # fmt: skip
    return replace(facts, **(usual | changes))


@pytest.mark.parametrize(("lead", "word"), [(0.05, "Beaten"), (0.005, "Matched")])
def test_a_baseline_that_is_not_beaten_is_named_with_both_numbers(lead: float, word: str) -> None:
    rival = Simpler(name="logistic regression", score=0.99, own=0.96, lead=lead, noise=0.01)
    found = verdict(sound(simpler=rival))
    assert found.word == word
    assert re.search(r"logistic regression has 99\S* %, the model 96\S* % \(test", found.sentence)
    assert "does well" not in found.sentence


def test_far_from_a_known_ceiling_is_short_of_it() -> None:
    # 88 % where 97 % can be had, and no larger gap or deficit that would have its own word.
    facts = sound(train_error=0.075, test_error=0.12, floor_error=0.03, excess=0.09, gap=0.045)
    found = verdict(facts)
    assert found.word == "Short"
    assert "9.0 % of the labels short of the true target" in found.sentence
    assert verdict(sound(floor_error=0.03, excess=0.03)).word == "Good"


def test_one_test_row_is_too_few_to_judge_by() -> None:
    settings = experiment(problem=pair(200, 9.0), model={"kind": "linear"})
    best = {"layers.0.weight": np.array([[1.0, 0.0]]), "layers.0.bias": np.array([-4.0])}
    t = member(settings, parameters=best)
    facts = gather([t])
    assert verdict(facts).word == "Solved"
    rows = replace(t.member.rows, test=t.member.rows.test[:1])
    one = replace(t, member=replace(t.member, rows=rows))
    found = verdict(replace(facts, trained=(one,)))
    assert found.word == "Unclear"
    # Wilson, 1 of 1: 1 / (1 + 1.96^2) = 0.2066.
    assert "1 test row leaves the true accuracy between 21 and 100 %" in found.sentence
    assert not any("Nothing to mend" in a.try_this for a in advice(replace(facts, trained=(one,))))


def test_a_stopped_member_is_not_told_that_its_loss_moved_no_more() -> None:
    settings = experiment(
        training={"stopping": {"patience": 5}, "split": {"validation": 0.2}, "epochs": 100},
        model={"kind": "linear"},
    )
    t = member(settings, losses=np.linspace(3.0, 1.0, 41).tolist(), status="stopped")
    found = verdict(gather([t]))
    assert found.word == "Stopped"
    assert "hardly moved" not in found.sentence
    assert "the loss on the validation rows fell no more" in found.sentence


@pytest.mark.parametrize(
    ("train_error", "word", "text"),
    [
        (0.07, "Good", "The model does well"),
        (0.3, "Underfitted", "fitted in part (70 % of their variance is explained)"),
        (0.8, "Underfitted", "Not even the training rows are fitted"),
    ],
)
def test_a_regression_is_called_unfitted_by_its_r_squared(
    train_error: float, word: str, text: str
) -> None:
    settings = experiment(problem={"kind": "sine", "n": 200})
    facts = gather([member(settings, losses=[1.0] * 101)])
    found = verdict(
        replace(
            facts,
            train_error=train_error,
            test_error=train_error,
            gap=0.0,
            noise=0.01,
            floor_error=None,
            ceiling=None,
            target_scores=None,
            simpler=None,
            fall=0.0,
        )
    )
    assert found.word == word and text in found.sentence
