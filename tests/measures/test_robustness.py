import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learnscope.errors import InputError
from learnscope.measures.robustness import add_noise, flip, occlude, rotate, scale, shift


def images(n: int = 3, h: int = 6, w: int = 6) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(0).random((n, 2, h, w))


def test_shift_by_hand() -> None:
    one = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    assert shift(one, 1, 0)[0, 0].tolist() == [[0.0, 1.0], [0.0, 3.0]]
    assert shift(one, 0, -1, fill=9.0)[0, 0].tolist() == [[3.0, 4.0], [9.0, 9.0]]
    assert shift(one, 5, 0)[0, 0].tolist() == [[0.0, 0.0], [0.0, 0.0]]


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_shift_there_and_back_keeps_what_stayed_inside(right: int, down: int) -> None:
    x = np.pad(images(), ((0, 0), (0, 0), (3, 3), (3, 3)))
    assert np.array_equal(shift(shift(x, right, down), -right, -down), x)


def test_a_quarter_turn_is_counter_clockwise_as_interpolated_ones_are() -> None:
    one = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    # The right column becomes the upper row.
    assert rotate(one, 90)[0, 0].tolist() == [[2.0, 4.0], [1.0, 3.0]]
    x = images()
    almost = rotate(x, 90 - 1e-9)
    assert almost[:, :, 1:-1, 1:-1] == pytest.approx(rotate(x, 90)[:, :, 1:-1, 1:-1], abs=1e-6)
    assert np.array_equal(rotate(rotate(x, 90), 270), x)


def test_small_turns_there_and_back_nearly_cancel_on_a_smooth_image() -> None:
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    blob = np.exp(-4 * ((x - 0.2) ** 2 + y**2))[None, None]
    back = rotate(rotate(blob, 20), -20)
    # Linear interpolation twice blurs a bump of this width by some 2 %.
    assert back[0, 0, 8:24, 8:24] == pytest.approx(blob[0, 0, 8:24, 8:24], abs=0.02)
    assert np.abs(rotate(blob, 20) - blob).max() > 0.05


def test_scale_by_two_keeps_the_centre_and_halves_distances() -> None:
    x = np.zeros((1, 1, 9, 9))
    x[0, 0, 4, 6] = 1.0
    larger = scale(x, 2.0)
    assert np.unravel_index(larger[0, 0].argmax(), (9, 9)) == (4, 8)
    assert scale(images(), 1.0) == pytest.approx(images())
    with pytest.raises(InputError, match=re.escape("scale.factor must be > 0, got 0")):
        scale(x, 0.0)


def test_flips_are_their_own_inverse() -> None:
    for axis in ("left-right", "up-down"):
        assert np.array_equal(flip(flip(images(), axis), axis), images())
    assert np.array_equal(flip(images(), "left-right"), images()[:, :, :, ::-1])
    with pytest.raises(InputError, match=r"must be 'left-right' or 'up-down', got 'x'"):
        flip(images(), "x")


def test_occlusion_covers_one_square_in_each_image() -> None:
    x = np.ones((200, 2, 6, 5))
    covered = occlude(x, 2, np.random.default_rng(0)) == 0
    # Both channels at one place, four pixels each.
    assert np.array_equal(covered[:, 0], covered[:, 1])
    assert (covered[:, 0].sum(axis=(1, 2)) == 4).all()
    # All 5 * 4 places occur among 200 images.
    assert len({tuple(np.argwhere(c[0])[0]) for c in covered}) == 20


def test_noise_has_its_standard_deviation_and_reads_no_global_state() -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index]
    found = add_noise(np.zeros((100, 100)), 0.3, np.random.default_rng(1))
    # 10,000 draws fix it to 0.7 %.
    assert found.std() == pytest.approx(0.3, rel=0.03)
    assert np.array_equal(before, np.random.get_state()[1])  # type: ignore[index]
