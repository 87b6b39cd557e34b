import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learnscope.errors import InputError
from learnscope.features.base import fit_chain
from learnscope.features.monomials import Monomials
from learnscope.features.standardise import Standardise
from learnscope.models import Mlp, Polynomial
from learnscope.views.hidden_lines import affine_part, clip_line, compute, describe, draw
from tests.views.members import Cloud, drawn, experiment, trained

BOX = (-1.0, 3.0, -2.0, 1.0)
weights = st.floats(-10, 10, allow_subnormal=False)


@given(w1=weights, w2=weights, bias=weights)
def test_ends_lie_on_the_line_and_on_the_edge_of_the_box(w1: float, w2: float, bias: float) -> None:
    w = np.array([w1, w2])
    ends = clip_line(w, bias, BOX)
    corners = np.array([[x, y] for x in BOX[:2] for y in BOX[2:]]) @ w + bias
    size = np.abs(w).sum() * 3 + abs(bias)
    # Corners on both sides by more than rounding: the line crosses; all on one side: it does not.
    if corners.min() < -1e-9 * size and corners.max() > 1e-9 * size:
        np.testing.assert_allclose(ends @ w + bias, 0, atol=1e-9 * size)
        on_edge = np.isclose(ends[:, :1], BOX[:2]).any(1) | np.isclose(ends[:, 1:], BOX[2:]).any(1)
        assert on_edge.all()
        assert (ends >= [BOX[0] - 1e-9, BOX[2] - 1e-9]).all()
        assert (ends <= [BOX[1] + 1e-9, BOX[3] + 1e-9]).all()
    elif corners.min() > 1e-9 * size or corners.max() < -1e-9 * size:
        assert np.isnan(ends).all()


@pytest.mark.parametrize("w2", [0.0, 1e-300, 1e-17, -1e-12])
def test_upright_lines_are_drawn(w2: float) -> None:
    ends = clip_line(np.array([2.0, w2]), -1.0, BOX)
    np.testing.assert_allclose(ends[:, 0], 0.5, atol=1e-9)
    assert sorted(ends[:, 1]) == pytest.approx([-2.0, 1.0])


def test_a_unit_without_weights_has_no_line() -> None:
    assert np.isnan(clip_line(np.zeros(2), 1.0, BOX)).all()


def test_lines_are_where_the_standardised_units_are_zero() -> None:
    (t,) = drawn(1, model=Mlp(hidden=(6,), activation="identity"))
    arrays = compute([t])
    for unit, ends in enumerate(arrays.segments):
        if not np.isnan(ends).any():
            np.testing.assert_allclose(t.activations(ends)[0][:, unit], 0, atol=1e-12)


def test_features_are_affine_or_not() -> None:
    x = np.random.default_rng(0).normal(3, 2, (20, 2))
    scaled = affine_part(fit_chain((Standardise(),), x, ("a", "b")), x)
    assert scaled is not None
    np.testing.assert_allclose(scaled[0], np.diag(1 / x.std(axis=0)), atol=1e-12)
    np.testing.assert_allclose(scaled[1], -x.mean(axis=0) / x.std(axis=0))
    assert affine_part(fit_chain((Monomials(degree=2),), x, ("a", "b")), x) is None
    bent = trained(experiment(Cloud(), Polynomial(degree=2)))
    with pytest.raises(InputError, match="features that are affine in the inputs"):
        compute([bent])
    with pytest.raises(InputError, match="hidden_lines needs two inputs, and this problem has 3"):
        compute(drawn(1, d=3))


def test_dead_units_and_lines_outside_the_box_are_named() -> None:
    setup = experiment(Cloud(), Mlp(hidden=(3,)))
    t = trained(
        setup,
        parameters={
            "layers.0.weight": [[1.0, 0.0], [0.1, 0.0], [1.0, 1.0]],
            "layers.0.bias": [0.0, -50.0, 0.0],
            "layers.1.weight": [[1.0, 1.0, 1.0]],
            "layers.1.bias": [0.0],
        },
    )
    arrays = compute([t])
    assert arrays.dead.tolist() == [False, True, False]
    names = [str(h.get_label()) for h in draw(arrays).legends[0].legend_handles if h is not None]
    assert names[-2:] == ["dead: unit 1", "outside: unit 1"]
    assert describe(arrays) == ("Lines of the 3 first-layer units: 2 cross the box; dead: unit 1.")
