import re

import numpy as np
import pytest

from learnscope.errors import DataError, InputError
from learnscope.problems.base import Sample
from learnscope.training.losses import LOSSES
from learnscope.training.losses.weighted import Weighted

X = np.linspace(-10, 9.9, 200)[:, None]
SAMPLE = Sample(x=X, y=np.sin(3 * X), task="regression", columns=("x",), outputs=("y",))


def test_the_formula_gives_the_weight_of_each_row() -> None:
    weights = Weighted(weight="exp(x / 4)").row_weights(SAMPLE)
    assert weights is not None and weights.shape == (200,)
    np.testing.assert_allclose(weights, np.exp(X[:, 0] / 4), rtol=1e-15)


def test_without_a_formula_all_rows_weigh_1() -> None:
    weights = Weighted().row_weights(SAMPLE)
    np.testing.assert_array_equal(weights, np.ones(200))


def test_weighted_squares_are_divided_by_the_count() -> None:
    loss = Weighted(weight="x * x")
    weights = loss.row_weights(SAMPLE)
    total, n = loss.total(np.zeros((200, 1)), SAMPLE.y, weights)
    assert total / n == pytest.approx(float(np.mean(X**2 * SAMPLE.y**2)), rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("x", "must be >= 0 in all rows and > 0 in some, got -10 in row 0 (100 rows below 0)"),
        ("0 * x", "must be >= 0 in all rows and > 0 in some, got 0 in every row"),
    ],
)
def test_weights_below_0_and_weights_of_nothing_are_refused(formula: str, text: str) -> None:
    with pytest.raises(DataError, match=re.escape(text)):
        Weighted(weight=formula).row_weights(SAMPLE)


def test_weights_that_are_not_finite_are_refused() -> None:
    with pytest.raises(DataError, match="finite"):
        Weighted(weight="1 / (x + 10)").row_weights(SAMPLE)


@pytest.mark.parametrize("formula", ["exp(z)", "exp(x", "__import__('os')"])
def test_formulas_that_cannot_be_read_are_refused(formula: str) -> None:
    with pytest.raises(InputError):
        Weighted(weight=formula).row_weights(SAMPLE)


@pytest.mark.parametrize("kind", sorted(set(LOSSES) - {"weighted"}))
def test_no_other_loss_weighs_rows_by_itself(kind: str) -> None:
    assert LOSSES[kind]().row_weights(SAMPLE) is None
