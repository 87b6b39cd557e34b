import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from learnscope.models.activations import ACTIVATIONS

# Zero is left out: several jump or bend there.
POINTS = np.concatenate((-np.geomspace(1e-3, 30, 60), np.geomspace(1e-3, 30, 60)))[:, None]
ELEMENTWISE = sorted(k for k, a in ACTIVATIONS.items() if a.derivative is not None)
THEIRS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "identity": lambda z: z,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "sin": torch.sin,
    "softmax": lambda z: torch.softmax(z, dim=1),
    "log_softmax": lambda z: torch.log_softmax(z, dim=1),
    "step": lambda z: (z > 0).to(z.dtype),
}


def test_every_activation_has_a_counterpart() -> None:
    assert THEIRS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_values_are_pytorchs(name: str) -> None:
    z = POINTS.reshape(-1, 4)
    theirs = THEIRS[name](torch.from_numpy(z)).numpy()
    # Softplus is exactly z above 20 in PyTorch; exp(-20) is 2e-9.
    rtol = 1e-9 if name == "softplus" else 1e-12
    np.testing.assert_allclose(ACTIVATIONS[name].value(z), theirs, rtol=rtol, atol=1e-15)


@pytest.mark.parametrize("name", sorted(set(ELEMENTWISE) - {"step"}))
def test_derivatives_are_pytorchs_gradients(name: str) -> None:
    z = torch.from_numpy(POINTS).requires_grad_()
    THEIRS[name](z).sum().backward()  # type: ignore[no-untyped-call]
    assert z.grad is not None
    slope = ACTIVATIONS[name].derivative
    assert slope is not None
    # Differences 1 - tanh^2 and softplus above 20 lose digits where the slope is nearly 0 or 1.
    np.testing.assert_allclose(slope(POINTS), z.grad.numpy(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_derivatives_are_finite_differences(name: str) -> None:
    value, slope = ACTIVATIONS[name].value, ACTIVATIONS[name].derivative
    assert slope is not None
    h = 1e-6
    differences = (value(POINTS + h) - value(POINTS - h)) / (2 * h)
    # h^2 from the third derivative, 30 * 1e-16 / h from rounding.
    np.testing.assert_allclose(slope(POINTS), differences, atol=1e-8)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_float32_stays_float32(name: str) -> None:
    z = POINTS.reshape(-1, 4).astype(np.float32)
    assert ACTIVATIONS[name].value(z).dtype == np.float32
    slope = ACTIVATIONS[name].derivative
    assert slope is None or slope(z).dtype == np.float32


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_values_lie_between_the_bounds_and_come_near_them(name: str) -> None:
    bounds = ACTIVATIONS[name]
    z = np.linspace(-40, 40, 40_001).reshape(-1, 1)
    if bounds.derivative is None:
        z = np.concatenate((z, -z), axis=1)
    values = bounds.value(z)
    assert values.min() >= bounds.low and values.max() <= bounds.high
    if math.isfinite(bounds.low):
        assert values.min() < bounds.low + 0.01
    if math.isfinite(bounds.high):
        assert values.max() > bounds.high - 0.01


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_huge_arguments_give_no_nan_and_no_warning(name: str) -> None:
    z = np.array([[-1e4, 1e4], [0.0, -1e30]])
    assert not np.isnan(ACTIVATIONS[name].value(z)).any()
    slope = ACTIVATIONS[name].derivative
    if slope is not None:
        assert not np.isnan(slope(z)).any()


def test_the_gallery_has_the_published_values() -> None:
    """S3.2: t = -8 ... 7.5 in steps of 0.5, to 1e-4."""
    t = np.arange(-8, 8, 0.5)[:, None]
    assert len(t) == 32 and float(t[:, 0] @ t[:, 0]) == 684.0
    relu, sigmoid, tanh = (ACTIVATIONS[k].value(t)[:, 0] for k in ("relu", "sigmoid", "tanh"))
    np.testing.assert_array_equal(relu, np.where(t[:, 0] > 0, t[:, 0], 0))
    assert [sigmoid[0], sigmoid[16], sigmoid[31]] == pytest.approx(
        [3.3535e-4, 0.5, 0.99945], abs=1e-5
    )
    assert [tanh[0], tanh[16], tanh[31]] == pytest.approx([-1, 0, 1], abs=1e-4)


def test_derivatives_at_the_jump_are_those_of_pytorch() -> None:
    zero = np.zeros((1, 1))
    for name, slope in (("relu", 0.0), ("leaky_relu", 0.01), ("step", 0.0)):
        derivative = ACTIVATIONS[name].derivative
        assert derivative is not None and derivative(zero)[0, 0] == slope


def test_step_is_safe_where_dividing_by_itself_is_not() -> None:
    # T30: sigmoid(a)/sigmoid(a) style thresholds give 0/0 below about -88.7 in float32.
    z = np.array([[-1000.0], [-0.0], [1e-30]], dtype=np.float32)
    assert ACTIVATIONS["step"].value(z)[:, 0].tolist() == [0.0, 0.0, 1.0]


def test_softmax_rows_sum_to_one() -> None:
    rows = ACTIVATIONS["softmax"].value(np.random.default_rng(0).normal(size=(10, 10)) * 50)
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-12)
