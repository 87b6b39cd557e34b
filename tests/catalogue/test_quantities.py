"""Quantities against hand-worked numbers, closed forms and other libraries."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import learnscope as ls
from learnscope.catalogue import named
from learnscope.catalogue.quantities import QUANTITIES
from learnscope.errors import InputError
from learnscope.runs.run import Run
from learnscope.runs.train import train
from learnscope.trained import Trained


def of(group: Sequence[Trained], kind: str, **fields: Any) -> list[float]:
    return QUANTITIES[kind](**fields).values(group)


def measured(run: Run, kind: str, **fields: Any) -> list[float]:
    return of(run.trained, kind, **fields)


def line(weight: float, bias: float, **settings: Any) -> Run:
    by_hand = {"model.weights": [{"weight": [[weight]], "bias": [bias]}]}
    return train(named("line_by_hand").override({**by_hand, **settings}))


@pytest.mark.parametrize("kind", sorted(QUANTITIES))
def test_the_name_is_the_kind(kind: str) -> None:
    assert QUANTITIES[kind].kind_name() == kind


def test_answers_and_misses_of_a_line() -> None:
    run = line(1.0, 0.0)  # against 2 x + 3
    assert measured(run, "answer_at", x=[4.0]) == [4.0]
    assert measured(run, "worst_miss", points=[[0.0], [10.0]]) == [13.0]
    # x + 3 over [0, 1]: the mean of its square is 1/3 + 3 + 9.
    found = measured(run, "distance_to_target", low=0.0, high=1.0, n=20001)
    assert found[0] == pytest.approx(math.sqrt(1 / 3 + 12), rel=1e-4)
    assert measured(run, "weight", at=[0, 0]) == [1.0]
    assert measured(run, "weight_norm") == [1.0]
    assert measured(run, "turning_points", low=-1.0, high=1.0) == [0.0]


def test_an_error_share_is_relative_to_the_energy_of_the_same_rows() -> None:
    # The answer 0 everywhere misses all of it; the target itself nothing.
    assert measured(line(0.0, 0.0), "error_share", low=-10.0, high=0.0) == [1.0]
    assert measured(line(2.0, 3.0), "error_share", low=0.0, high=20.0)[0] < 1e-12


def test_bias_and_variance_of_two_known_members() -> None:
    first, second = line(2.0, 4.0).trained[0], line(2.0, 6.0).trained[0]
    both = [first, second]  # their mean is 2 above 2 x + 3
    bias, variance = (
        of(both, "squares", of=word, low=-1, high=1)[0] for word in ("bias", "variance")
    )
    assert bias == pytest.approx(4.0)
    # Variance of 4 and 6 with n - 1 below: 2.
    assert variance == pytest.approx(2.0)
    assert of(both, "spread_at", x=[0.0])[0] == pytest.approx(math.sqrt(2.0))


def test_the_pairs_of_a_column_and_a_row_are_all_compared() -> None:
    run = train(named("circles_linear").override({"training.epochs": 0}))
    t = run.trained[0]
    rows = t.member.rows.test
    labels, y = t.labels(t.member.sample.x[rows]), t.member.sample.y[rows]
    pairs = [a == b for a in labels for b in y]
    assert measured(run, "all_pairs_accuracy")[0] == pytest.approx(np.mean(pairs))


def test_the_best_line_is_found_where_it_is_known() -> None:
    # AND is separable; of XOR any line gets three of four rows at most.
    for table, best in (("and", 1.0), ("xor", 0.75)):
        run = train(named("logic_gate").override({"problem.table": table, "training.epochs": 0}))
        assert measured(run, "best_line") == [best]


def test_ridge_in_closed_form_is_scikit_learns() -> None:
    settings = {"training.epochs": 1, "training.weight_decay": 0.5, "training.schedule": "constant"}
    run = train(named("weight_decay").override(settings))
    t = run.trained[0]
    part = t.member.parts["train"]
    design = np.c_[part.x, np.ones(len(part.x))]
    ridge = Ridge(alpha=0.25, fit_intercept=False, tol=1e-12).fit(design, part.y[:, 0])
    best = float(np.sum((ridge.predict(design) - part.y[:, 0]) ** 2))
    own = float(np.sum((t.learned_output("train") - part.y) ** 2))
    assert measured(run, "from_ridge")[0] == pytest.approx(abs(own - best), rel=1e-6)
    norm = math.sqrt(sum(float(np.sum(p**2)) for p in t.result.parameters.values()))
    apart = abs(norm - float(np.linalg.norm(ridge.coef_)))
    assert measured(run, "from_ridge", of="norm")[0] == pytest.approx(apart, rel=1e-6)


def test_hinges_on_every_kink_are_exact() -> None:
    run = train(named("width_or_depth"))
    assert measured(run, "hinges_by_least_squares", units=16)[0] < 1e-20
    assert measured(run, "hinges_by_least_squares", units=15)[0] > 1e-3


def test_unit_norms_of_known_weights() -> None:
    weights = [
        {"weight": [[3.0, 4.0], [0.0, 1.0]], "bias": [0.0, 0.0]},
        {"weight": [[1.0, 1.0]], "bias": [0.0]},
    ]
    settings = {"model.hidden": [2], "model.weights": weights, "training.epochs": 0}
    run = train(named("disc_in_ring").override(settings))
    # Norms 5 and 1: sd 2, mean 3. |w| 3, 4, 0, 1: mean 2.
    assert measured(run, "unit_norms")[0] == pytest.approx(2 / 3)
    assert measured(run, "unit_norms", of="size") == [2.0]
    # The lines 3 x + 4 y = 0 and y = 0 cross: four regions.
    assert measured(run, "sign_regions") == [4.0]


def test_elsewhere_scores_rows_of_other_settings_and_a_ring_of_them() -> None:
    run = train(named("disc_features").override({"training.epochs": 300}))
    assert measured(run, "elsewhere", set={"n": 500}) == [1.0]
    # A disc that reaches beyond the boundary is taken for the ring there.
    wide = measured(run, "elsewhere", set={"n": 500, "disc": 2.9, "ring": [3.0, 4.0]})
    inner = measured(run, "elsewhere", set={"n": 500, "disc": 2.9, "ring": [3.0, 4.0]}, furthest=1)
    assert wide[0] < 0.95 and inner == [1.0]
    with pytest.raises(InputError, match="there is no score 'mse'"):
        measured(run, "elsewhere", name="mse")


def test_excess_is_the_squared_distance_from_the_target_without_its_noise() -> None:
    experiment = ls.named("line_by_hand").override(
        {"problem.noise": 5.0, "problem.spacing": "random",
         "model.weights": [{"weight": [[2.0]], "bias": [5.0]}]}
    )  # fmt: skip
    assert measured(train(experiment), "excess", n=100)[0] == pytest.approx(4.0)


def test_history_and_first_epoch_below() -> None:
    run = train(named("logic_gate").override({"training.epochs": 50, "training.eval_every": 1}))
    losses = run.results[0].history["train_loss"]
    assert measured(run, "history", column="train_loss") == [losses[-1]]
    assert measured(run, "history", column="train_loss", take="greatest") == [losses[1:].max()]
    assert measured(run, "history", column="train_loss", take="mean", first=0) == [losses.mean()]
    at = float(np.flatnonzero(losses < losses[20] * 1.0000001)[0])
    assert measured(run, "epoch_below", below=float(losses[20]) * 1.0000001) == [at]
    assert measured(run, "epoch_below", below=1e-9) == [math.inf]


def test_an_unknown_score_or_column_is_refused() -> None:
    run = line(1.0, 0.0)
    with pytest.raises(InputError, match=r"score.name: there is no 'accuracy' here but train_loss"):
        measured(run, "score", name="accuracy")
    with pytest.raises(InputError, match=r"history.column: there is no 'cost'"):
        measured(run, "history", column="cost")


def test_a_network_that_answers_one_label_is_found() -> None:
    # A bias of 100 outweighs all inputs.
    by_hand = {"model.weights": [{"weight": [[1.0, 1.0]], "bias": [100.0]}]}
    run = train(named("clusters_by_hand").override(by_hand))
    assert measured(run, "answers_only") == [1.0]
    assert measured(train(named("clusters_by_hand")), "answers_only") == [0.5]
