import numpy as np
import pytest
from sklearn.decomposition import PCA

from learnscope.measures.components import principal_components

X = np.random.default_rng(0).normal(size=(60, 5)) @ np.diag([3.0, 2, 1, 0.5, 0]) + 7


@pytest.mark.parametrize("c", [1, 3, 5])
def test_components_are_those_of_scikit_learn(c: int) -> None:
    found, theirs = principal_components(X, c), PCA(c).fit(X)
    # Signs are free.
    overlap = np.abs(np.sum(found.directions * theirs.components_, axis=1))[: min(c, 4)]
    np.testing.assert_allclose(overlap, 1, rtol=1e-9)
    np.testing.assert_allclose(found.variances[:c] * 60 / 59, theirs.explained_variance_, atol=1e-9)
    expected = theirs.inverse_transform(theirs.transform(X))
    np.testing.assert_allclose(found.reconstruct(X), expected, atol=1e-9)
    assert found.mse == pytest.approx(np.square(expected - X).mean(), abs=1e-9)


def test_all_directions_hold_everything_and_more_are_not_there() -> None:
    found = principal_components(X, 9)
    assert found.directions.shape == (5, 5)
    np.testing.assert_allclose(found.reconstruct(X), X, atol=1e-9)
    assert found.mse == 0
