from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_rel

from learnscope.arrays import Array
from learnscope.measures.atlas.choice import choose, honest_error_of_choice, most_to_gain
from learnscope.measures.atlas.groups import Groups
from learnscope.measures.atlas.limits import best_fits, point_verdicts
from learnscope.measures.atlas.result import WORDS


def groups(
    settings: list[dict[str, Any]], train: Array, error: Array, floor: float | None = 0.0,
    parameters: list[float] | None = None,
) -> Groups:  # fmt: skip
    p, s = error.shape
    return Groups(
        points=np.arange(1, p + 1),
        settings=tuple(settings),
        seeds=np.arange(s),
        error=error,
        train=train,
        parameters=np.array(parameters or range(1, p + 1), dtype=float),
        floors=(floor,) * p,
        diverged=np.isnan(error).sum(axis=1),
        dead=np.zeros(p, dtype=np.int64),
        metric="accuracy",
        part="test",
        unit=1.0,
    )


def test_each_word_stands_for_the_amounts_it_names() -> None:
    settings = [{"model.width": w} for w in (1, 2, 4, 8, 16)]
    wiggle = np.array([-0.004, 0.0, 0.004])
    train = np.array([0.30, 0.05, 0.25, 0.0, 0.0])[:, None] + np.abs(wiggle)
    error = np.array([0.31, 0.06, 0.26, 0.20, np.nan])[:, None] + wiggle
    found = point_verdicts(groups(settings, train, error))
    # Width 4 fits worse than width 2 does, and can do all that it can. Width 8 fits best, and
    # width 2, which fits less, is better on new rows.
    assert [p.word for p in found] == [
        "under-fitting", "under-fitting", "optimisation-limited", "over-fitting", "diverged",
    ]  # fmt: skip
    assert found[2].optimisation == pytest.approx(0.2)
    assert set(WORDS) >= {p.word for p in found}
    for p in found[:4]:
        assert p.deficit + p.optimisation + p.gap == pytest.approx(p.error)


def test_noise_and_data_are_what_limits_where_nothing_else_is() -> None:
    wiggle = np.array([-0.004, 0.0, 0.004])
    error = np.array([[0.21], [0.29]]) + wiggle
    train = np.array([[0.19], [0.10]]) + wiggle
    noisy = groups([{"model.width": 1}, {"model.width": 9}], train, error, floor=0.2)
    assert [p.word for p in point_verdicts(noisy)] == ["noise-limited", "over-fitting"]
    alone = groups([{"model.width": 9}], train[1:], error[1:], floor=0.0)
    assert point_verdicts(alone)[0].word == "data-limited"
    unknown = point_verdicts(groups([{}], train[:1] * 0, error[:1] * 0 + 0.01, floor=None))[0]
    assert (unknown.word, unknown.floor) == ("at the ceiling", None)


def test_errors_that_ran_away_are_near_no_floor_though_their_spread_is_as_wide() -> None:
    """Of 0.1, 0.1 and 3e5 the mean is 1e5, and two standard errors of it are 2e5."""
    error = np.array([[0.1, 0.1, 3e5]])
    told = point_verdicts(groups([{"model.width": 9}], np.full((1, 3), 0.05), error, floor=0.0))
    assert told[0].word in {"over-fitting", "data-limited"}


def test_the_best_fit_is_sought_among_smaller_models_and_other_rates_of_the_same_rows() -> None:
    settings = [
        {"model.width": 2, "training.lr": 0.1, "problem.noise": 1},
        {"model.width": 4, "training.lr": 0.1, "problem.noise": 1},
        {"model.width": 2, "training.lr": 0.9, "problem.noise": 1},
        {"model.width": 4, "training.lr": 0.1, "problem.noise": 2},
        {"model.width": 1, "training.weight_decay": 0.1, "training.lr": 0.1, "problem.noise": 1},
    ]
    train = np.array([[0.3, 0.1], [0.2, 0.4], [0.1, np.nan], [0.5, 0.5], [0.0, 0.0]])
    found = best_fits(groups(settings, train, train + 0.1))
    # Seed by seed; other noise is another problem, another decay another objective.
    expected = [[0.1, 0.1], [0.1, 0.1], [0.1, np.nan], [0.5, 0.5], [0.0, 0.0]]
    assert np.array_equal(found, expected, equal_nan=True)


def test_choosing_among_equals_is_worth_their_mean_and_not_the_least_of_them() -> None:
    rng = np.random.default_rng(0)
    apparent, honest, said = [], [], []
    for _ in range(300):
        error = 0.3 + 0.1 * rng.normal(size=(30, 8))
        apparent.append(error.mean(axis=1).min())
        value, standard = honest_error_of_choice(error)
        honest.append(value)
        said.append(standard)
    # All points are worth 0.3; the least of 30 means of 8 lies 2.04 standard errors below
    # (H. L. Harter, Biometrika 48, 1961: expected extreme of 30 normal values).
    assert np.mean(apparent) == pytest.approx(0.3 - 2.043 * 0.1 / np.sqrt(8), abs=0.002)
    assert np.mean(honest) == pytest.approx(0.3, abs=3 * np.std(honest) / np.sqrt(300))
    assert np.isnan(honest_error_of_choice(np.full((3, 1), 0.1))[0])
    # Of 30 equals the choice changes with every seed: the worst case for the error that is said.
    assert 0.7 < np.sqrt(np.mean(np.square(said))) / np.std(honest) < 1.1


def test_the_smallest_passes_both_rules() -> None:
    rng = np.random.default_rng(1)
    seeds = rng.normal(0, 0.05, 10)
    # All share the luck of the seeds. The first lies within one standard error and is worse by
    # the same amount on every seed: the paired test sees it.
    zero = np.array([-1.0, 1.0] * 5)
    error = np.stack([0.110 + seeds + 0.001 * zero, 0.101 + seeds + 0.01 * zero, 0.1 + seeds])
    found = choose(groups([{"model.width": w} for w in (1, 2, 3)], error * 0, error))
    assert len(found) == 1 and found[0].best == 3 and found[0].smallest == 2
    assert found[0].behind is not None and not found[0].behind.clear
    assert (found[0].compared, found[0].problem) == (3, {})


def test_points_are_compared_on_one_problem_only() -> None:
    settings = [{"problem.noise": n, "model.width": w} for n in (1, 2) for w in (1, 2)]
    error = np.array([0.1, 0.2, 0.4, 0.3])[:, None] + np.array([-0.01, 0.01, 0.0])
    table = groups(settings, error * 0, error)
    found = choose(table)
    assert [(c.problem, c.best) for c in found] == [({"problem.noise": 1}, 1),
                                                    ({"problem.noise": 2}, 4)]  # fmt: skip
    chosen = most_to_gain(table, found)
    assert chosen is not None and chosen.best == 4
    assert choose(groups(settings, error, error * np.nan)) == ()


def test_beyond_chance_is_what_the_paired_t_test_of_scipy_says() -> None:
    rng = np.random.default_rng(3)
    seen = set()
    for _ in range(40):
        error = np.stack([0.2 + 0.05 * rng.normal(size=6), 0.25 + 0.05 * rng.normal(size=6)])
        if error[0].mean() > error[1].mean():
            continue
        train = np.array([[0.05], [0.0]]) + np.zeros((2, 6))
        settings = [{"model.width": 1}, {"model.width": 2}]
        word = point_verdicts(groups(settings, train, error))[1].word
        clear = ttest_rel(error[1], error[0]).pvalue < 0.05
        assert word == ("over-fitting" if clear else "data-limited")
        seen.add(word)
    assert len(seen) == 2
