import pytest
from scipy.stats import fisher_exact

from learnscope.measures.comparison.two_proportions import (
    compare_shares,
    fisher_p,
    newcombe_interval,
    pooled_z,
)


@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        # The worked cases of Newcombe 1998, table II, method 10.
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ],
)
def test_interval_is_the_published_one(
    counts: tuple[int, int, int, int], interval: tuple[float, float]
) -> None:
    assert newcombe_interval(*counts) == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize(
    "counts",
    [(944, 1000, 924, 1000), (9, 10, 3, 10), (5, 5, 5, 5), (0, 8, 7, 7), (50, 100, 50, 100)],
)
def test_fishers_p_is_scipys(counts: tuple[int, int, int, int]) -> None:
    a, n, b, m = counts
    known = fisher_exact([[a, n - a], [b, m - b]]).pvalue
    assert fisher_p(*counts) == pytest.approx(known, rel=1e-6)


def test_the_recorded_gain_of_the_convolution_is_not_significant() -> None:
    # S4.36: 0.924 against 0.944 on 1000 rows each, z = -1.80, p = 0.07.
    found = compare_shares(924, 1000, 944, 1000)
    assert found.details["z"] == pytest.approx(-1.80, abs=0.005)
    assert found.details["z_p"] == pytest.approx(0.072, abs=0.001)
    assert not found.clear
    assert found.sentence("conv", "dense").endswith("not significant.")


def test_the_texts_own_pair_is_not_significant_with_its_thousand_rows() -> None:
    # S4.36: 96.89 to 97.28 % of 10000; z = 1.64 by two shares.
    assert pooled_z(9728, 10_000, 9689, 10_000) == pytest.approx(1.64, abs=0.01)


def test_all_right_in_both_gives_no_difference() -> None:
    found = compare_shares(5, 5, 8, 8)
    assert (found.value, found.p, found.details["z"]) == (0.0, 1.0, 0.0)
