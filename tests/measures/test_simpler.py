import math

import pytest

from learnscope.measures.simpler import Simpler, simpler


def found(
    own: list[float], *baselines: list[float], rows: int = 100, is_class: bool = True
) -> Simpler | None:
    named = [(f"number {i}", scores) for i, scores in enumerate(baselines)]
    return simpler(named, own, [True] * len(own), rows, unit=2.0, is_class=is_class)


def test_a_clear_lead_of_the_model_leaves_no_baseline() -> None:
    assert found([0.95], [0.5], [0.8]) is None


def test_the_better_baseline_is_named() -> None:
    rival = found([0.80], [0.85], [0.95])
    assert rival is not None and rival.name == "number 1" and rival.better
    assert rival.lead == pytest.approx(0.15)


def test_equal_scores_name_the_simplest_and_it_is_not_better() -> None:
    rival = found([0.9], [0.9], [0.9])
    assert rival is not None and rival.name == "number 0" and not rival.better


def test_the_noise_is_the_standard_error_of_the_rows() -> None:
    # sqrt(0.9 x 0.1 / 10 000) = 0.003; Wilson's half width differs by a share of 1 / n.
    rival = found([0.899], [0.9], rows=10_000)
    assert rival is not None and rival.noise == pytest.approx(0.003, rel=0.01)


def test_draws_of_the_data_make_the_noise_smaller() -> None:
    one = found([0.90] * 4, [0.9] * 4)
    four = found([0.90] * 4, [0.89, 0.90, 0.91, 0.92])
    assert one is not None and four is not None
    assert four.noise == pytest.approx(one.noise / 2, rel=0.1)


def test_errors_of_numbers_are_compared_in_units_of_the_variance() -> None:
    rival = found([4.0], [3.0], rows=200, is_class=False)
    assert rival is not None and rival.lead == pytest.approx(0.5)
    # The standard error of a mean of 200 squares of normal numbers of mean 3, over the variance 2.
    assert rival.noise == pytest.approx(3 / 2 * math.sqrt(2 / 200))


def test_members_and_baselines_without_a_score_do_not_count() -> None:
    assert found([0.9], [math.nan]) is None
    assert simpler([("a", [0.9])], [0.5], [False], 10, unit=1.0, is_class=True) is None
