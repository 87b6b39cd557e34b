import numpy as np
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from learnscope.arrays import Array, Ints
from learnscope.measures.logistic import fit_logistic

Data = tuple[Array, Ints]


def rare_and_badly_scaled() -> Data:
    x = np.random.default_rng(0).normal(size=(2000, 5)) * np.array([1, 1e6, 1e-6, 3, 0])
    return x, np.repeat([1, 0], [20, 1980])


def separable() -> Data:
    return np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([3, 3, 7, 7])


SETS: dict[str, Data] = {
    "iris": datasets.load_iris(return_X_y=True),
    "wine": datasets.load_wine(return_X_y=True),
    "cancer": datasets.load_breast_cancer(return_X_y=True),
    "digits": tuple(part[:600] for part in datasets.load_digits(return_X_y=True)),
    "circles": datasets.make_circles(200, noise=0.1, random_state=0),
    "blobs": datasets.make_blobs(500, 3, centers=5, random_state=1),
    "rare": rare_and_badly_scaled(),
    "separable": separable(),
}


@pytest.mark.parametrize("name", SETS)
def test_labels_are_those_of_scikit_learn(name: str) -> None:
    x, y = SETS[name]
    theirs = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x, y)
    found = fit_logistic(x, y)
    assert found.converged
    np.testing.assert_array_equal(found.predict(x), theirs.predict(x))


@pytest.mark.parametrize("name", ["iris", "cancer", "circles"])
def test_weights_are_those_of_scikit_learn_at_the_minimum(name: str) -> None:
    x, y = SETS[name]
    scaled = StandardScaler().fit_transform(x)
    theirs = LogisticRegression(max_iter=10_000, tol=1e-10).fit(scaled, y)
    found = fit_logistic(x, y).weights
    if found.shape[1] == 2:
        found = found[:, 1:]
    expected = np.column_stack((theirs.intercept_, theirs.coef_)).T
    # A number added to all intercepts changes nothing. Gradients of 1e-6 per row are left.
    found[0] -= found[0].mean() if found.shape[1] > 1 else 0
    expected[0] -= expected[0].mean() if found.shape[1] > 1 else 0
    np.testing.assert_allclose(found, expected, atol=2e-5)
