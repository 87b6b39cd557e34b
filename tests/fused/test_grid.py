"""Every activation x loss x optimiser x batch mode over fifty updates, against PyTorch.

Weights after the training are compared, which holds all gradients and all the optimiser's memory
to account. Data and first weights are numbers of float32, so that one truth serves both types.

Where a slope jumps (ReLU and its leaky form at 0, the absolute error where it is 0), two correct
routes that differ by one rounding may take different slopes. Sigmoid, ELU, Huber's error and the
rest have slopes without jumps. So the tests measure how near the trainings come to a jump:

- in float64 never nearer than `KINK_MARGIN`, a thousand times what the routes differ by. As long
  as no number is on another side, the routes differ by rounding alone; so none ever is.
- in float32 some trainings come as near to a jump as float32's own errors reach. These are left
  out of the comparison, and counted.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from learnscope.fused import codes, train_members
from learnscope.training.member import Member
from learnscope.training.result import Result
from tests.fused.members import (
    HIDDEN,
    MODES,
    OPTIMIZERS,
    SPIRALS_OF_THREE,
    TOLERANCE,
    assert_as_by_the_route,
    in_float64,
    make_member,
)
from tests.fused.stacked import ACTIVATIONS, LOSSES, Array, Trained, train_stack

KINK_MARGIN = 1e-9
COPIES = 4
"""Trainings with float32's errors whose root mean square is float32's spread."""
MULTIPLE = 3
"""How many of these spreads float32 may be off. Each error of a copy is drawn with the largest
error of that operation as its standard deviation, so that the spread is above that of the true
errors; three times that leaves room for eight copies that all had luck."""


@cache
def grid(loss: str, mode: str) -> list[list[Member]]:
    """Return members in float32, by optimiser and activation, each with a seed of its own."""
    rows = []
    for o, optimizer in enumerate(OPTIMIZERS):
        first = len(HIDDEN) * o
        rows.append(
            [
                make_member(loss, optimizer, mode, activation, first + a)
                for a, activation in enumerate(HIDDEN)
            ]
        )
    return rows


@cache
def truth(loss: str, mode: str) -> Trained:
    makers = [make for _, _, make in OPTIMIZERS.values()]
    return train_stack(grid(loss, mode), loss, makers, COPIES)


def flat(weights: dict[str, Array]) -> Array:
    """Return all weights of each network of a stack side by side, (o, a, c, p)."""
    first = next(iter(weights.values())).shape[:3]
    return np.concatenate([w.reshape(*first, -1) for w in weights.values()], axis=-1)


def trained(members: Sequence[Sequence[Member]]) -> Array:
    """Return all weights (o, a, p) after the compiled training."""
    results = train_members([member for row in members for member in row])
    return _weights(results).reshape(len(members), len(members[0]), -1)


def _weights(results: Sequence[Result]) -> Array:
    return np.stack(
        [np.concatenate([w.ravel() for w in r.parameters.values()]) for r in results]
    ).astype(np.float64)


PRODUCT = pytest.mark.parametrize("mode", list(MODES))
ALL_LOSSES = pytest.mark.parametrize("loss", list(LOSSES))


@PRODUCT
@ALL_LOSSES
def test_in_float64_fifty_updates_are_those_of_pytorch(loss: str, mode: str) -> None:
    members = [[in_float64(m) for m in row] for row in grid(loss, mode)]
    exact = flat(truth(loss, mode).weights)[:, :, 0]
    off = np.abs(trained(members) - exact).max(-1) / np.abs(exact).max(-1)
    assert off.max() < TOLERANCE
    assert truth(loss, mode).closest.min() > KINK_MARGIN


@PRODUCT
@ALL_LOSSES
def test_in_float32_fifty_updates_err_by_no_more_than_rounding_explains(
    loss: str, mode: str
) -> None:
    copies = flat(truth(loss, mode).weights)
    exact = copies[:, :, 0]
    norms = np.linalg.norm(copies[:, :, 1:] - exact[:, :, None], axis=-1)
    spread = np.sqrt((norms**2).mean(-1))
    off = np.linalg.norm(trained(grid(loss, mode)) - exact, axis=-1)
    # Where an error that float32 may make reaches a jump, the weights may differ by a jump.
    clear = truth(loss, mode).reach * MULTIPLE < 1
    assert clear.mean() > 0.9
    assert (off <= MULTIPLE * spread)[clear].all()


@ALL_LOSSES
def test_each_activation_with_each_loss_is_trained_as_by_the_pytorch_route(loss: str) -> None:
    # Optimisers and modes go round, so that each meets each activation and each loss.
    turn, rows = list(LOSSES).index(loss), {mode: grid(loss, mode) for mode in MODES}
    members = []
    for a in range(len(HIDDEN)):
        mode = list(MODES)[(a + 2 * turn) % len(MODES)]
        members.append(in_float64(rows[mode][(a + turn) % len(OPTIMIZERS)][a]))
    assert_as_by_the_route(members)


@pytest.mark.study
@PRODUCT
@ALL_LOSSES
def test_the_full_product_is_trained_as_by_the_pytorch_route(loss: str, mode: str) -> None:
    assert_as_by_the_route([in_float64(m) for row in grid(loss, mode) for m in row])


@PRODUCT
@pytest.mark.parametrize("output", ["softmax", "sigmoid", "tanh", "softplus", "sin", "gelu"])
def test_an_activation_at_the_output_of_several_units_is_that_of_the_pytorch_route(
    output: str, mode: str
) -> None:
    # Three columns of zeros and ones under losses of numbers.
    members = [
        in_float64(make_member(loss, "adam", mode, "tanh", seed, output, SPIRALS_OF_THREE))
        for seed, loss in enumerate(("mse", "huber", "weighted"))
    ]
    assert_as_by_the_route(members)


def test_everything_that_the_compiled_route_trains_is_compared_here() -> None:
    assert set(LOSSES) == set(codes.LOSS_CODES)
    assert set(ACTIVATIONS) == set(codes.ACTIVATION_CODES)
    assert {str(spec["kind"]) for spec, _, _ in OPTIMIZERS.values()} == set(codes.OPTIMIZER_CODES)
