"""What each feature map computes, against closed forms and scikit-learn."""

import math
import re

import numpy as np
import pytest
from numpy.random import RandomState
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

from learnscope.errors import InputError
from learnscope.features import FEATURES, fit_chain
from learnscope.features.fourier import Fourier
from learnscope.features.minmax import MinMax
from learnscope.features.monomials import Monomials
from learnscope.features.phase import Phase
from learnscope.features.polar import Polar
from learnscope.features.powers import Powers
from learnscope.features.products import Products
from learnscope.features.radius_squared import RadiusSquared
from learnscope.features.random_fourier import RandomFourier
from learnscope.features.sines import Sines
from learnscope.features.standardise import Standardise
from learnscope.problems.spirals import Spirals
from learnscope.seeds import streams

TRAIN = np.random.default_rng(1).normal(size=(50, 3)) * (1, 10, 0.1) + 5
FRESH = np.random.default_rng(2).normal(size=(20, 3))
ABC = ("a", "b", "c")


def test_standardise_is_scikit_learns_scaler() -> None:
    ours = fit_chain([Standardise()], TRAIN, ABC).apply(FRESH)
    # One rounding apart: they divide by the root of the variance.
    np.testing.assert_allclose(ours, StandardScaler().fit(TRAIN).transform(FRESH), rtol=1e-12)


def test_standardise_without_scale_only_moves_the_mean() -> None:
    ours = fit_chain([Standardise(scale=False)], TRAIN, ABC).apply(FRESH)
    np.testing.assert_allclose(ours, FRESH - TRAIN.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("kind", ["standardise", "minmax"])
def test_a_constant_column_is_only_shifted(kind: str) -> None:
    # The sd of 100 times 0.1 is computed as 1.4e-17, which must not become a divisor.
    x = np.stack((np.full(100, 0.1), np.arange(100.0)), axis=1)
    chain = fit_chain([FEATURES[kind]()], x, ("a", "b"))
    np.testing.assert_array_equal(chain.apply(x)[:, 0], 0.0)
    assert chain.apply(np.array([[0.3, 0.0]]))[0, 0] == pytest.approx(0.2)


def test_minmax_is_scikit_learns_scaler() -> None:
    ours = fit_chain([MinMax(low=-1.0, high=3.0)], TRAIN, ABC).apply(FRESH)
    theirs = MinMaxScaler(feature_range=(-1, 3)).fit(TRAIN).transform(FRESH)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_minmax_needs_an_interval() -> None:
    with pytest.raises(InputError, match=re.escape("MinMax.low must be < high = 1, got 1.")):
        MinMax(low=1.0)


def test_polar_gives_radius_and_angle() -> None:
    points = np.array([[3.0, 4.0], [-1.0, 0.0], [0.0, -2.0], [0.0, 0.0]])
    chain = fit_chain([Polar(keep=True)], points, ("x", "y"))
    expected = np.array([(5, math.atan(4 / 3)), (1, math.pi), (2, -math.pi / 2), (0, 0)])
    assert chain.names == ("radius", "angle", "x", "y")
    np.testing.assert_allclose(chain.apply(points)[:, :2], expected, rtol=1e-15)
    np.testing.assert_array_equal(chain.apply(points)[:, 2:], points)


@pytest.mark.parametrize("kind", ["polar", "phase"])
def test_maps_of_the_plane_refuse_three_columns(kind: str) -> None:
    text = f"The feature map {kind!r} needs exactly 2 columns (x and y of a plane), got 3: a, b, c."
    with pytest.raises(InputError, match=re.escape(text)):
        FEATURES[kind]().names(ABC)


def test_phase_is_constant_along_the_arms_of_the_spiral() -> None:
    # Radius 2 t + pi / 2 at angle t gives t - radius / 2 = -pi / 4; the other arm is turned by pi.
    x = Spirals(n=200, noise=0.0, revolutions=3.0).sample(streams(0).draws).x
    out = fit_chain([Phase()], x, ("x", "y")).apply(x)
    half = math.sqrt(0.5)
    np.testing.assert_allclose(out[:200], np.tile((half, -half), (200, 1)), atol=1e-12)
    np.testing.assert_allclose(out[200:], np.tile((-half, half), (200, 1)), atol=1e-12)


def test_a_linear_model_on_phase_goes_on_where_no_data_were() -> None:
    """S0.21: at least 0.995 on two turns and on the third, which it never saw."""
    spiral = Spirals(n=400, noise=0.5, revolutions=3.0).sample(streams(0).draws)
    inside = np.hypot(*spiral.x.T) < 4 * math.pi * 2 + math.pi / 2
    chain = fit_chain([Phase()], spiral.x[inside], spiral.columns)
    model = LogisticRegression().fit(chain.apply(spiral.x[inside]), spiral.y[inside])
    for part in (inside, ~inside):
        assert model.score(chain.apply(spiral.x[part]), spiral.y[part]) >= 0.995


def test_radius_squared_makes_disc_and_ring_linear() -> None:
    """S4.3: logistic regression is at chance on (x, y) and perfect on r^2."""
    rng = RandomState(100)
    y = np.tile([0, 1], 500)
    radius, angle = 3 * y + rng.uniform(size=1000), rng.uniform(0, 2 * math.pi, 1000)
    x = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
    out = fit_chain([RadiusSquared()], x, ("x", "y")).apply(x)
    np.testing.assert_allclose(out[:, 0], radius**2, rtol=1e-12)
    assert LogisticRegression().fit(out, y).score(out, y) == 1.0
    assert LogisticRegression().fit(x, y).score(x, y) < 0.6


def test_radius_squared_keeps_x_and_y_behind() -> None:
    assert RadiusSquared(keep=True).names(("x", "y")) == ("radius^2", "x", "y")


def test_powers_come_by_exponent_then_by_column() -> None:
    x = np.array([[2.0, -3.0]])
    chain = fit_chain([Powers(powers=(1, 3))], x, ("a", "b"))
    assert chain.names == ("a", "b", "a^3", "b^3")
    np.testing.assert_array_equal(chain.apply(x), [[2, -3, 8, -27]])


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("powers", (2, 2), "Powers.powers must name each exponent once, got [2, 2]."),
        ("powers", (), "Powers.powers must be a list of at least 1, got ()."),
        ("powers", (0,), "powers.0 must be >= 1, got 0."),
    ],
)
def test_bad_exponents_are_refused(field: str, value: tuple[int, ...], text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        Powers(**{field: value})


def test_products_are_scikit_learns_interactions() -> None:
    plain = fit_chain([Products()], TRAIN, ABC).apply(FRESH)
    theirs = PolynomialFeatures(2, interaction_only=True, include_bias=False).fit_transform(FRESH)
    np.testing.assert_allclose(plain, theirs[:, 3:], rtol=1e-15)
    squares = fit_chain([Products(squares=True)], TRAIN, ABC)
    theirs = PolynomialFeatures(2, include_bias=False).fit_transform(FRESH)
    np.testing.assert_allclose(squares.apply(FRESH), theirs[:, 3:], rtol=1e-15)
    assert squares.names == ("a^2", "a b", "a c", "b^2", "b c", "c^2")


def test_products_of_one_column_are_refused() -> None:
    with pytest.raises(InputError, match="'products' needs at least 2 columns, got 1"):
        Products().names(("a",))
    assert Products(squares=True).names(("a",)) == ("a^2",)


@pytest.mark.parametrize(("d", "degree"), [(1, 10), (2, 3), (3, 4), (5, 2)])
def test_monomials_are_scikit_learns_polynomial_features(d: int, degree: int) -> None:
    x = np.random.default_rng(3).normal(size=(10, d))
    chain = fit_chain([Monomials(degree=degree)], x, tuple(f"x{i}" for i in range(d)))
    theirs = PolynomialFeatures(degree, include_bias=False).fit(x)
    # Their order is ours; factors may be multiplied in another order.
    np.testing.assert_allclose(chain.apply(x), theirs.transform(x), rtol=1e-12)
    assert chain.names == tuple(theirs.get_feature_names_out())


def test_sines_have_the_frequency_that_was_asked_for() -> None:
    x = np.linspace(-10, 10, 50)[:, None]
    chain = fit_chain([Sines(frequencies=(3.0, 0.5))], x, ("x",))
    assert chain.names == ("sin(3 x)", "cos(3 x)", "sin(0.5 x)", "cos(0.5 x)")
    expected = np.concatenate((np.sin(3 * x), np.cos(3 * x), np.sin(x / 2), np.cos(x / 2)), axis=1)
    np.testing.assert_array_equal(chain.apply(x), expected)
    assert Sines(cosines=False, keep=True).names(("x",)) == ("sin(1 x)", "x")


def test_sines_name_a_frequency_once() -> None:
    with pytest.raises(InputError, match="frequencies must name each frequency once"):
        Sines(frequencies=(1.0, 1.0))


def test_fourier_repeats_after_its_period_and_is_orthogonal() -> None:
    n = 64
    x = np.arange(n)[:, None] * 3.0 / n
    chain = fit_chain([Fourier(terms=5, period=3.0)], x, ("x",))
    out = chain.apply(x)
    np.testing.assert_allclose(chain.apply(x + 3.0), out, atol=1e-12)
    # Over one period the sums of products vanish and those of squares are n / 2.
    np.testing.assert_allclose(out.T @ out, n / 2 * np.eye(10), atol=1e-10)
    assert chain.names[:4] == ("sin1 x", "cos1 x", "sin2 x", "cos2 x")


def test_random_fourier_features_approach_the_gaussian_kernel() -> None:
    x = np.random.default_rng(4).normal(size=(30, 3))
    out = fit_chain([RandomFourier(n=20_000, scale=2.0)], x, ABC).apply(x)
    square = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    # The sd of one entry is at most 1 / sqrt(n) = 0.007; five of them.
    np.testing.assert_allclose(out @ out.T, np.exp(-square / (2 * 2.0**2)), atol=0.036)


def test_random_fourier_features_follow_their_seed_alone() -> None:
    first = fit_chain([RandomFourier(seed=1)], TRAIN, ABC).apply(FRESH)
    state = np.random.get_state()[1].copy()  # type: ignore[index]
    again = fit_chain([RandomFourier(seed=1)], FRESH, ABC).apply(FRESH)
    other = fit_chain([RandomFourier(seed=2)], TRAIN, ABC).apply(FRESH)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # type: ignore[index]
