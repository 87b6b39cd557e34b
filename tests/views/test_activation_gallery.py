import numpy as np
import pytest

from learnscope.errors import InputError
from learnscope.views import save_svg
from learnscope.views.activation_gallery import ALL, compute, describe, draw


def test_the_recorded_values_of_the_source() -> None:
    """S3.2: t = -8 ... 7.5 in steps of 0.5."""
    found = compute(("relu", "sigmoid", "tanh"))
    assert found.t.tolist() == [-8 + 0.5 * i for i in range(32)]
    assert float(found.t @ found.t) == 684.0  # S3.6
    relu, sigmoid, tanh = found.value
    assert relu.tolist() == [max(t, 0.0) for t in found.t.tolist()]
    assert sigmoid[[0, 16, 31]] == pytest.approx([3.3535e-4, 0.5, 0.99945], abs=1e-5)
    assert tanh[[0, 16, 31]] == pytest.approx([-1.0, 0.0, 1.0], abs=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_slopes_are_those_of_the_curve(name: str) -> None:
    # Off the corners at 0; central differences of a step of 1e-5.
    found = compute((name,), low=-3.03, high=2.97, n=13)
    up, down = (compute((name,), low=-3.03 + h, high=2.97 + h, n=13).value for h in (1e-5, -1e-5))
    np.testing.assert_allclose(found.slope, (up - down) / 2e-5, atol=1e-6)


def test_the_gallery_is_drawn_with_a_panel_for_each() -> None:
    arrays = compute()
    figure = draw(arrays)
    titles = [axes.get_title() for axes in figure.axes if axes.get_visible()]
    assert titles == list(ALL)
    assert "sigmoid 0.25" in describe(arrays) and "tanh 1" in describe(arrays)
    assert save_svg(figure).startswith("<?xml")


def test_an_activation_of_rows_is_refused() -> None:
    with pytest.raises(InputError, match="activations of single numbers, got 'softmax'"):
        compute(("softmax",))
