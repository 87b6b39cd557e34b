import numpy as np
import pytest
import torch

from benchmarks.tables import digits
from benchmarks.work import Work

SMALL = Work(name="small", hidden=(4, 4), activation="tanh", rows=140, batch=140)


def test_operations_of_an_update_are_those_counted_by_hand() -> None:
    # 2-4-4-1: 8 + 16 + 4 products forward, as many for the weights, 16 + 4 handed down.
    assert SMALL.flops == 2 * 140 * (28 + 28 + 20)


def test_batches_share_out_the_rows() -> None:
    batches = Work(name="batches", hidden=(4,), activation="relu", rows=250, batch=10)
    assert (batches.updates, batches.full_batch) == (25, False)
    assert (SMALL.updates, SMALL.full_batch) == (1, True)


def test_the_training_has_the_stated_rows_and_widths() -> None:
    x, y = SMALL.data()
    assert x.shape == (140, 2) and x.dtype == np.float32
    assert y.shape == (140, 1)
    assert [w.shape for w, _ in SMALL.layers()] == [(4, 2), (4, 4), (1, 4)]
    assert set(SMALL.member(3).parts) == {"train"}


def test_loss_is_that_of_pytorch() -> None:
    x, y = (torch.from_numpy(a).double() for a in SMALL.data())
    layers = SMALL.layers()
    for i, (w, b) in enumerate(layers):
        x = x @ torch.from_numpy(w).double().T + torch.from_numpy(b).double()
        x = x.tanh() if i < 2 else x
    expected = torch.nn.functional.mse_loss(x, y).item()
    assert SMALL.loss(layers) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.936, "0.94"), (12.54, "12.5"), (240.4, "240"), (7234.0, "7,230"), (40_049.0, "40,000")],
)
def test_figures_have_two_or_three_digits(value: float, text: str) -> None:
    assert digits(value) == text
