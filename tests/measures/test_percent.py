import pytest

from learnscope.measures.percent import (
    error_decimals,
    percent,
    percent_range,
    percent_with_error,
    share_text,
    with_error,
)


@pytest.mark.parametrize(
    ("share", "n", "text"),
    [
        # sqrt(0.934 * 0.066 / 1000) = 0.785 %: the error's first digit is the first decimal.
        (0.934, 1000, "93.4 ± 0.8 %"),
        # sqrt(0.944 * 0.056 / 1000) = 0.727 %.
        (0.944, 1000, "94.4 ± 0.7 %"),
        # sqrt(0.95 * 0.05 / 60) = 2.8 %: no decimal.
        (0.95, 60, "95 ± 3 %"),
        # sqrt(0.98 * 0.02 / 10000) = 0.140 %: begins with 1, so one digit more.
        (0.98, 10_000, "98.00 ± 0.14 %"),
        # sqrt(0.97 * 0.03 / 6000) = 0.220 %: one row is worth 0.017 %, the error allows less.
        (0.97, 6000, "97.0 ± 0.2 %"),
        # sqrt(0.5 * 0.5 / 4) = 25 %.
        (0.5, 4, "50 ± 22 %"),
    ],
)
def test_percentage_ends_at_the_first_digit_of_its_standard_error(
    share: float, n: int, text: str
) -> None:
    assert percent_with_error(share, n) == text
    assert percent(share, n) == text.split(" ±")[0] + " %"


def test_all_right_is_not_without_error() -> None:
    # Wilson's interval at one standard deviation for 30 of 30 is (30 / 31, 1), half of it 1.6 %.
    assert percent_with_error(1.0, 30) == "100 ± 2 %"


def test_digits_never_go_below_one_row() -> None:
    # 99.9 % of 100 rows: the error is 0.5 % there, but a row is worth a whole per cent.
    assert percent(0.999, 100) == "100 %"
    assert percent(0.99, 100) == "99 %"


@pytest.mark.parametrize(
    ("error", "places"),
    [(0.78, 1), (0.14, 2), (0.19, 1), (0.096, 2), (3.1, 0), (12.0, 0), (25.0, -1), (0.0, 6)],
)
def test_last_digit_stands_at_the_first_of_the_error(error: float, places: int) -> None:
    assert error_decimals(error) == places


def test_value_and_error_end_at_one_place() -> None:
    assert with_error(93.41, 0.785) == "93.4 ± 0.8"
    assert with_error(1234.5, 140.0) == "1230 ± 140"
    assert with_error(0.123456, 0.000321) == "0.1235 ± 0.0003"
    assert with_error(97.0, 0.96) == "97.0 ± 1.0"
    assert with_error(2.0, 0.0) == "2 ± 0"
    assert with_error(-0.0003, 0.002) == "0.000 ± 0.002"


def test_ranges_and_fractions_have_the_same_digits() -> None:
    assert percent_range(0.9168, 0.9482, 1000) == "91.7 to 94.8 %"
    assert share_text(0.93333, 60) == "0.93"
    assert share_text(0.93333, 1000) == "0.933"
    assert percent(float("nan"), 5) == "none"


def test_the_ends_of_a_range_take_the_digits_of_its_middle() -> None:
    # Alone, 98.68 % of 6000 rows has an error of 0.147 %, 98.5 % one of 0.157 %.
    assert [percent(v, 6000) for v in (0.985, 0.9868)] == ["98.5 %", "98.68 %"]
    assert [percent(v, 6000, 0.986) for v in (0.985, 0.9868)] == ["98.5 %", "98.7 %"]
    assert share_text(0.9868, 6000, 0.95) == "0.987"
