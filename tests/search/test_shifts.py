import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learnscope.errors import InputError
from learnscope.search import agreement, index_of, shift_curve, shifted, space_of
from tests.search.members import autoencoder, perceptron


def test_images_move_by_whole_pixels_and_the_rest_is_filled() -> None:
    image = np.arange(1.0, 10.0)[None]  # 1 2 3 / 4 5 6 / 7 8 9
    assert shifted(image, (1, 3, 3), 1, 0).tolist() == [[0, 0, 0, 1, 2, 3, 4, 5, 6]]
    assert shifted(image, (1, 3, 3), 0, -1, 9.5).tolist() == [[2, 3, 9.5, 5, 6, 9.5, 8, 9, 9.5]]
    assert shifted(image, (1, 3, 3), -2, 2).tolist() == [[0, 0, 7, 0, 0, 0, 0, 0, 0]]
    assert shifted(image, (3, 1, 3), 0, 1).tolist() == [[0, 1, 2, 0, 4, 5, 0, 7, 8]]


@given(down=st.integers(-4, 4), right=st.integers(-5, 5), seed=st.integers(0, 9))
def test_moving_there_and_back_keeps_what_stayed_inside(down: int, right: int, seed: int) -> None:
    shape = (2, 5, 6)
    x = np.random.default_rng(seed).normal(size=(3, 60))
    back = shifted(shifted(x, shape, down, right), shape, -down, -right).reshape(3, *shape)
    whole = x.reshape(3, *shape)
    inside = np.s_[:, :, max(-down, 0) : 5 - max(down, 0), max(-right, 0) : 6 - max(right, 0)]
    np.testing.assert_array_equal(back[inside], whole[inside])


def test_the_whole_image_cannot_be_moved_out() -> None:
    with pytest.raises(InputError, match=r"smaller than the image of 3 x 3 pixels, got 3 down an"):
        shifted(np.zeros((1, 9)), (1, 3, 3), 3, 0)
    with pytest.raises(InputError, match="Only images can be shifted"):
        shifted(np.zeros((1, 9)), None, 1, 0)


def test_s4_44_unshifted_images_find_themselves_and_shifted_ones_less_and_less() -> None:
    t = autoencoder()
    for by in ("codes", "pixels"):
        index = index_of(t, by)
        own = np.arange(0, 1797, 9)
        curve = shift_curve(t, index, space_of(t, by), (0, 1, 3), own)
        # Of the query itself nothing else can be nearer; the rest is plain agreement.
        assert curve.found[0].share == curve.label[0].share == 1.0
        assert curve.others[0].share == pytest.approx(agreement(index, 1, own).overall.share)
        labels = [share.share for share in curve.others]
        assert labels[0] > labels[1] > labels[2]
        assert curve.found[2].share < curve.found[1].share < 1.0
        assert all(s.low <= s.share <= s.high and s.n == len(own) for s in curve.others)


def test_the_four_directions_are_averaged() -> None:
    t = perceptron()
    index, space, own = index_of(t, "pixels"), space_of(t, "pixels"), np.arange(40)
    curve = shift_curve(t, index, space, (1,), own)
    x, y = t.member.sample.x, t.member.sample.y
    # By rolling padded images, as somebody else would do it.
    hits = []
    for axis in (1, 2):
        for step in (1, -1):
            padded = np.pad(x[own].reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
            moved = np.roll(padded, step, axis=axis)[:, 1:-1, 1:-1].reshape(-1, 64)
            cosine = moved @ x.T / np.outer(*(np.linalg.norm(m, axis=1) for m in (moved, x)))
            hits.append(y[cosine.argmax(axis=1)] == y[own])
    assert curve.label[0].share == pytest.approx(np.mean(hits))
