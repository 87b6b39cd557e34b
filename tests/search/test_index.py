import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from learnscope.search import build_index, first_of_each
from tests.search.pictures import mnist_images


def test_identical_rows_point_to_the_first_of_them() -> None:
    codes = np.array([[1.0, 0.0], [2.0, 0.0], [1.0, -0.0], [2.0, 1e-300], [2.0, 0.0]])
    assert first_of_each(codes).tolist() == [0, 1, 0, 3, 1]


@given(arrays(np.int64, st.tuples(st.integers(1, 40), st.just(2)), elements=st.integers(0, 3)))
def test_first_of_each_agrees_with_comparing_all_pairs(codes: np.ndarray) -> None:
    equal = (codes[:, None, :] == codes[None, :, :]).all(axis=2)
    np.testing.assert_array_equal(first_of_each(codes), equal.argmax(axis=1))


def test_the_codes_are_kept_and_not_changed() -> None:
    codes = np.random.default_rng(0).normal(size=(30, 4))
    before = codes.copy()
    index = build_index(codes, metric="cosine")
    assert index.codes is codes
    np.testing.assert_array_equal(codes, before)


def test_mnist_has_no_duplicate_image() -> None:
    x = mnist_images()[:10_000]
    np.testing.assert_array_equal(first_of_each(x), np.arange(len(x)))
