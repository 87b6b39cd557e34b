"""Steps worked by hand: one row x = 1, y = 0, so the loss is w^2 and its gradient 2 w."""

from typing import Any

import numpy as np
import pytest

from learnscope.training.loop import train_member
from tests.training.members import line, trained_line

SGD_9 = {"kind": "sgd", "momentum": 0.9}


@pytest.mark.parametrize(
    ("optimizer", "steps", "expected"),
    [
        ("sgd", 1, 1.6),
        # v = 4, w = 1.6; v = 3.6 + 3.2, w = 1.6 - 0.68
        (SGD_9, 2, 0.92),
        # 4 + 3.6, w = 1.24; v = 3.6 + 2.48, w = 1.24 - 0.1 (2.48 + 0.9 * 6.08)
        ({**SGD_9, "nesterov": True}, 2, 0.4448),
        # v = 4 at first, then 3.6 + 0.5 * 3.2
        ({**SGD_9, "dampening": 0.5}, 2, 1.08),
        # Adam's first step has the length of the rate.
        ("adam", 1, 1.9),
        ("adamw", 1, 1.9),
        # The mean of the square is 0.01 * 16, its root 0.4.
        ("rmsprop", 1, 1.0),
        ({"kind": "rmsprop", "centered": True}, 1, 2 - 0.4 / (0.16 - 0.0016) ** 0.5),
        # v = 10, w = 1; the mean of the square 0.1584 + 0.04, v = 9 + 2 / 0.4454
        (
            {"kind": "rmsprop", "momentum": 0.9},
            2,
            1 - 0.1 * (9 + 2 / (0.99 * 0.16 + 0.01 * 4) ** 0.5),
        ),
        # Its first step is min(1, 1 / |g|) lr along -g.
        ({"kind": "lbfgs", "max_iter": 1, "line_search": "none"}, 1, 1.9),
    ],
)
def test_first_steps_are_those_worked_by_hand(optimizer: Any, steps: int, expected: float) -> None:
    w = trained_line([1], [0], optimizer=optimizer, lr=0.1, epochs=steps)
    # The eps of 1e-8 beside roots of 0.4 and 4 moves a step by less than 1e-7.
    assert w == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"optimizer": "sgd", "weight_decay": 0.5}, 1.5),  # gradient 4 + 1
        ({"optimizer": "sgd", "weight_decay": 0.5, "decoupled": True}, 1.5),  # 2 * 0.95 - 0.4
        ({"optimizer": "adam", "weight_decay": 0.5}, 1.9),  # Adam divides the penalty away
        ({"optimizer": "adam", "weight_decay": 0.5, "decoupled": True}, 1.8),  # 2 * 0.95 - 0.1
        ({"optimizer": "adamw", "weight_decay": 0.5}, 1.8),
        ({"optimizer": "rmsprop", "weight_decay": 0.5}, 1.0),
        ({"optimizer": "rmsprop", "weight_decay": 0.5, "decoupled": True}, 0.9),  # 1.9 - 1
        ({"l1": 0.3}, 1.57),  # gradient 4.3
        ({"clip_norm": 1.0}, 1.9),
        ({"clip_norm": 5.0}, 1.6),
        ({"clip_value": 0.5}, 1.95),
        ({"clip_norm": 1.0, "clip_value": 0.5}, 1.95),
        ({"l1": 0.3, "clip_value": 4.1}, 1.59),  # the penalty is clipped too
        ({"clip_norm": 1.0, "weight_decay": 0.5}, 1.8),  # the decay is not: 1 + 1
    ],
)
def test_penalties_and_clipping_act_in_the_stated_order(settings: Any, expected: float) -> None:
    # clip_norm has PyTorch's 1e-6 beside the norm of 4.
    assert trained_line([1], [0], lr=0.1, **settings) == pytest.approx(expected, abs=1e-6)


def test_coupled_and_decoupled_decay_part_with_momentum() -> None:
    settings: Any = {"optimizer": SGD_9, "lr": 0.1, "weight_decay": 0.5, "epochs": 2}
    # Coupled: v = 5, w = 1.5; v = 4.5 + 3 + 0.75, w = 1.5 - 0.825.
    assert trained_line([1], [0], **settings) == pytest.approx(0.675, abs=1e-12)
    # Decoupled: v = 4, w = 1.5; v = 3.6 + 3, w = 1.5 * 0.95 - 0.66.
    w = trained_line([1], [0], **settings, decoupled=True)
    assert w == pytest.approx(0.765, abs=1e-12)


@pytest.mark.parametrize("decoupled", [False, True])
def test_decay_and_l1_spare_biases_when_asked(decoupled: bool) -> None:
    # Output 3, so both gradients are 6.
    settings: Any = {"lr": 0.1, "weight_decay": 0.5, "decoupled": decoupled}
    assert trained_line([1], [0], 2.0, 1.0, **settings) == pytest.approx((1.3, 0.35), abs=1e-12)
    spared = trained_line([1], [0], 2.0, 1.0, **settings, decay_biases=False)
    assert spared == pytest.approx((1.3, 0.4), abs=1e-12)
    sparse = trained_line([1], [0], 2.0, 1.0, lr=0.1, l1=0.5, decay_biases=False)
    assert sparse == pytest.approx((1.35, 0.4), abs=1e-12)


def test_clip_norm_measures_the_whole_gradient() -> None:
    # Gradient (6, 6), norm 6 sqrt 2; cut to 1 both components are 1 / sqrt 2.
    step = 0.1 / 2**0.5
    w, b = trained_line([1], [0], 2.0, 1.0, lr=0.1, clip_norm=1.0)
    assert (w, b) == pytest.approx((2 - step, 1 - step), abs=1e-7)


def test_lbfgs_with_decay_finds_the_ridge_solution() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    y = 3 * x + 1 + rng.normal(size=30)
    w, b = trained_line(
        x, y, 0.0, 0.0, optimizer="lbfgs", lr=1.0, epochs=5, weight_decay=0.2, decay_biases=False
    )
    # Minimum of the mean square plus 0.1 w^2; the bias is free.
    dx, dy = x - x.mean(), y - y.mean()
    best = (dx @ dy) / (dx @ dx + 30 * 0.1)
    # PyTorch ends at gradients below 1e-7.
    assert (w, b) == pytest.approx((best, y.mean() - best * x.mean()), abs=1e-6)


def test_gradient_norm_is_that_of_the_loss_alone() -> None:
    member = line([1], [0], 2.0, 1.0, lr=0.1, l1=3.0, clip_norm=0.1, weight_decay=0.5)
    norm = train_member(member).history["gradient_norm"]
    assert np.isnan(norm[0])
    assert norm[1] == pytest.approx(6 * 2**0.5, rel=1e-12)
