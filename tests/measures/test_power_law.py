import math

import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.measures.power_law import check_power_law, fit_power_law

SIZES = np.array([10.0, 20, 40, 80, 160, 320])


def test_an_exact_law_is_found_and_goes_on() -> None:
    errors = (2.0 * SIZES**-0.7 + 0.05)[None]
    law = fit_power_law(SIZES, errors)
    # The exponents that are tried are one per cent apart.
    assert law.b == pytest.approx(0.7, rel=0.02)
    assert law.c == pytest.approx(0.05, abs=0.003)
    found = law.forecast(3200)
    assert found.value == pytest.approx(2.0 * 3200**-0.7 + 0.05, abs=0.003)
    assert math.isnan(found.low) and len(law.draws) == 0
    assert law.at(SIZES) == pytest.approx(errors[0], rel=0.01)
    assert all(check.agrees or abs(check.measured - check.forecast.value) < 0.003
               for check in check_power_law(SIZES, errors))  # fmt: skip


def test_intervals_of_a_forecast_hold_the_truth_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(0), 0
    true = 1.0 * SIZES**-0.5 + 0.1
    for study in range(60):
        errors = true * (1 + 0.1 * rng.normal(size=(20, len(SIZES))))
        found = fit_power_law(SIZES, errors, floor=0.0, seed=study).forecast(3200)
        held += found.low <= 1.0 * 3200**-0.5 + 0.1 <= found.high
    # 95 % of 60 are 57; four standard deviations fewer are 50, and a bootstrap of 20 is narrow.
    assert held >= 50


def test_the_floor_bounds_the_asymptote_and_a_flat_curve_stays_flat() -> None:
    falling = fit_power_law(SIZES, (SIZES**-0.1)[None], floor=0.4)
    assert falling.c >= 0.4
    assert falling.forecast(1e9).value >= 0.4
    flat = fit_power_law(SIZES, np.full((3, 6), 0.3), floor=0.1)
    assert flat.forecast(1e6).value == pytest.approx(0.3, abs=0.01)
    rising = fit_power_law(SIZES, np.tile(np.log(SIZES), (2, 1)))
    assert rising.a == 0.0


def test_least_squares_risk_follows_its_closed_form_beyond_the_sizes_that_were_seen() -> None:
    # Normal design of p columns, noise 1: fresh error 1 + p / (n - p - 1), near a power with b = 1
    # and the asymptote 1.
    p, sizes = 3, np.array([40, 80, 160, 320])
    rng = np.random.default_rng(1)
    errors = np.array([[_risk(rng, n, p) for n in sizes] for _ in range(200)])
    law = fit_power_law(sizes, errors, floor=1.0)
    low, high = law.interval("b")
    assert low < 1.2 and high > 0.9 and law.c == pytest.approx(1.0, abs=0.01)
    found = law.forecast(3200)
    assert found.value == pytest.approx(1 + p / (3200 - p - 1), abs=0.005)
    assert law.members == 200


def _risk(rng: np.random.Generator, n: int, p: int) -> float:
    x = rng.normal(size=(n, p))
    weights = np.linalg.lstsq(x, rng.normal(size=n), rcond=None)[0]
    return float(1 + weights @ weights)


def test_sizes_held_back_show_a_law_that_does_not_hold() -> None:
    rng = np.random.default_rng(2)
    broken = np.where(SIZES > 160, 0.5, 1.0 * SIZES**-0.5)  # rises where it should fall
    errors = broken * (1 + 0.01 * rng.normal(size=(10, 6)))
    (found,) = check_power_law(SIZES, errors)
    assert (found.forecast.size, found.fitted) == (320.0, 160.0)
    assert not found.agrees
    good = 1.0 * SIZES**-0.5 * (1 + 0.01 * rng.normal(size=(10, 6)))
    assert all(check.agrees for check in check_power_law(SIZES, good))
    assert check_power_law(SIZES[:3], good[:, :3]) == ()


def test_members_count_where_they_lived_and_too_few_sizes_are_refused() -> None:
    errors = np.stack([SIZES**-0.5, np.where(SIZES > 100, np.nan, SIZES**-0.5)])
    law = fit_power_law(SIZES, errors)
    assert law.members == 2 and law.b == pytest.approx(0.5, rel=0.02)
    with pytest.raises(InputError, match=r"at least 3 sizes above 0, got \(1, 2\) for 2 sizes"):
        fit_power_law([1, 2], np.ones((1, 2)))
    with pytest.raises(InputError, match=r"a finite error at every size, got none at \[320\.0\]"):
        fit_power_law(SIZES, np.where(SIZES > 200, np.nan, 1.0)[None])
