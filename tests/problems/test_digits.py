import numpy as np
import pytest
from sklearn.datasets import load_digits

from learnscope.errors import InputError
from learnscope.problems.digits import Digits
from learnscope.seeds import streams


def test_digits_are_images_of_eight_by_eight() -> None:
    sample = Digits().sample(streams(0).draws)
    source = load_digits()
    assert sample.shape == (1, 8, 8)
    np.testing.assert_array_equal(sample.x.reshape(-1, *sample.shape)[:, 0], source.images)


def test_scaled_digits_lie_between_0_and_1() -> None:
    raw, scaled = (Digits(scale=s).sample(streams(0).draws).x for s in (False, True))
    np.testing.assert_array_equal(scaled, raw / 16)
    assert (scaled.min(), scaled.max()) == (0, 1)


def test_classes_are_kept_and_numbered_in_the_given_order() -> None:
    sample = Digits(classes=(7, 1), n=100).sample(streams(0).draws)
    whole = load_digits()
    assert sample.outputs == ("7", "1") and set(sample.y.tolist()) == {0, 1}
    known = {row.tobytes() for row in whole.data[whole.target == 7]}
    assert {row.tobytes() for row in sample.x[sample.y == 0]} <= known
    with pytest.raises(
        InputError, match=r"problem.n must be <= 361, the rows of these classes, got"
    ):
        Digits(classes=(7, 1), n=362).sample(streams(0).draws)


def test_the_sentence_tells_for_which_images_they_stand() -> None:
    assert Digits().sentence() == (
        "All 1797 handwritten digits of 8 x 8 pixels (0 to 16) in 10 classes."
    )
    assert Digits(n=200, scale=True, stands_for="fashion_mnist").sentence() == (
        "In place of Fashion-MNIST, whose files are not here: 200 random rows of the 1797 "
        "handwritten digits of 8 x 8 pixels (0 to 1) in 10 classes."
    )
