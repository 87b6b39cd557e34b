import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.problems.sum import Sum
from learnscope.seeds import streams


def test_defaults_are_all_pairs_of_digits_and_their_sum() -> None:
    sample = Sum(n=20_000).sample(streams(0).draws)
    pairs, counts = np.unique(sample.x, axis=0, return_counts=True)
    assert {tuple(p) for p in pairs.astype(int).tolist()} == {
        (a, b) for a in range(10) for b in range(10)
    }
    # 200 of each are expected, with a standard deviation of 14; five of them either way.
    assert 130 < counts.min() <= counts.max() < 270
    np.testing.assert_array_equal(sample.y[:, 0], sample.x[:, 0] + sample.x[:, 1])


def test_high_is_drawn_too() -> None:
    x = Sum(low=-2, high=-1, n=100).sample(streams(0).draws).x
    assert set(x.ravel().tolist()) == {-2.0, -1.0}


def test_numbers_in_between_are_uniform() -> None:
    x = Sum(low=-0.5, high=1.5, integers=False, n=20_000).sample(streams(0).draws).x
    assert len(np.unique(x)) == x.size
    # A uniform variable of width w has the variance w^2 / 12; 40,000 draws give it to 0.5 %.
    assert x.var() == pytest.approx(4 / 12, rel=0.02)


def test_one_linear_unit_is_exact() -> None:
    sample = Sum().sample(streams(0).draws)
    design = np.column_stack((sample.x, np.ones(len(sample))))
    found = np.linalg.lstsq(design, sample.y[:, 0], rcond=None)[0]
    np.testing.assert_allclose(found, [1, 1, 0], atol=1e-12)
    assert sample.truth is not None
    np.testing.assert_array_equal(sample.truth.target(np.array([[1000.0, 2000.0]])), [[3000.0]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 0.5}, "low and high must be whole numbers with integers = true, got 0.5 and 9"),
        ({"high": 1e300}, "low and high must be whole numbers"),
        ({"low": 9}, "low must be below high"),
    ],
)
def test_bad_range_is_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Sum(**{"kind": "sum", **settings})
