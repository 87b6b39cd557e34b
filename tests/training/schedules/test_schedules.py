"""One contract for every schedule: PyTorch's schedulers give the same rates."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler as theirs

from learnscope.errors import InputError
from learnscope.training.schedules import SCHEDULES, Schedule
from learnscope.training.settings import Training

EPOCHS = 40
Make = Callable[[torch.optim.Optimizer], theirs.LRScheduler]


def make(kind: str, **fields: Any) -> Schedule:
    return SCHEDULES[kind](**fields)


def their_rates(build: Make, lr: float, epochs: int = EPOCHS) -> list[float]:
    """Return the rate in each epoch, the scheduler stepped once after each."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = build(optimizer)
    rates = []
    for _ in range(epochs):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return rates


CASES: list[tuple[str, dict[str, Any], Make]] = [
    ("constant", {}, lambda o: theirs.LambdaLR(o, lambda _: 1.0)),
    ("step", {"every": 7, "gamma": 0.3}, lambda o: theirs.StepLR(o, 7, 0.3)),
    ("exponential", {"gamma": 0.9}, lambda o: theirs.ExponentialLR(o, 0.9)),
    (
        "linear",
        {"final": 0.2},
        lambda o: theirs.LinearLR(o, start_factor=1.0, end_factor=0.2, total_iters=EPOCHS),
    ),
    ("cosine", {}, lambda o: theirs.CosineAnnealingLR(o, EPOCHS)),
    ("cosine", {"final": 0.1}, lambda o: theirs.CosineAnnealingLR(o, EPOCHS, eta_min=0.1 * 0.05)),
]


@pytest.mark.parametrize("kind", sorted(SCHEDULES))
def test_registry_name_is_the_kind(kind: str) -> None:
    assert SCHEDULES[kind].kind_name() == kind
    assert kind in {case[0] for case in CASES}


@pytest.mark.parametrize(("kind", "fields", "build"), CASES)
def test_rates_are_pytorchs(kind: str, fields: dict[str, Any], build: Make) -> None:
    training = Training(schedule=make(kind, **fields), lr=0.05, epochs=EPOCHS)
    # Theirs multiply step by step, which rounds a little in each.
    assert training.rates() == pytest.approx(their_rates(build, 0.05), rel=1e-10)


@pytest.mark.parametrize(("kind", "fields", "build"), CASES[:3])
def test_warmup_is_pytorchs_linear_rise(kind: str, fields: dict[str, Any], build: Make) -> None:
    def risen(optimizer: torch.optim.Optimizer) -> theirs.LRScheduler:
        rise = theirs.LinearLR(optimizer, start_factor=1 / 6, end_factor=1.0, total_iters=5)
        return theirs.SequentialLR(optimizer, [rise, build(optimizer)], milestones=[5])

    training = Training(schedule=make(kind, warmup=5, **fields), lr=0.05, epochs=EPOCHS)
    assert training.rates() == pytest.approx(their_rates(risen, 0.05), rel=1e-10)


@pytest.mark.parametrize("kind", sorted(SCHEDULES))
def test_after_the_warmup_comes_the_whole_schedule(kind: str) -> None:
    plain = Training(schedule=make(kind), epochs=20).rates()
    risen = Training(schedule=make(kind, warmup=3), epochs=23).rates()
    assert risen[:3] == pytest.approx([0.25e-3, 0.5e-3, 0.75e-3])
    assert risen[3:] == plain


@given(
    kind=st.sampled_from(sorted(SCHEDULES)),
    warmup=st.integers(0, 30),
    epochs=st.integers(31, 200),
)
def test_factors_lie_between_0_and_1_and_fall_after_the_warmup(
    kind: str, warmup: int, epochs: int
) -> None:
    schedule = make(kind, warmup=warmup)
    factors = [schedule.factor(e, epochs) for e in range(1, epochs + 1)]
    assert all(0 < f <= 1 for f in factors)
    rise, fall = factors[: warmup + 1], factors[warmup:]
    assert rise == sorted(rise) and fall == sorted(fall, reverse=True)
    assert fall[0] == 1.0


def test_cosine_is_halfway_down_at_half_time() -> None:
    assert make("cosine", final=0.2).factor(51, 100) == pytest.approx(0.6)


def test_many_epochs_underflow_to_zero_and_raise_nothing() -> None:
    assert make("exponential", gamma=0.5).factor(10**6, 10**6) == 0.0


def test_no_epochs_have_no_rates() -> None:
    assert Training(epochs=0, schedule=make("cosine", warmup=3)).rates() == []


def test_a_warmup_as_long_as_the_training_is_refused() -> None:
    text = "Training.schedule.warmup must be less than the 10 epochs, got 10: the rate would never"
    with pytest.raises(InputError, match=re.escape(text)):
        Training(epochs=10, schedule=make("constant", warmup=10))


@pytest.mark.parametrize(
    ("kind", "field", "value", "text"),
    [
        ("step", "every", 0, "Step.every must be >= 1, got 0."),
        ("step", "gamma", 1.5, "Step.gamma must be <= 1, got 1.5."),
        ("exponential", "gamma", 0.0, "Exponential.gamma must be > 0, got 0.0."),
        ("cosine", "final", -0.1, "Cosine.final must be >= 0, got -0.1."),
        ("linear", "final", math.nan, "LinearSchedule.final must be a finite number, got nan."),
        ("constant", "warmup", -1, "Constant.warmup must be >= 0, got -1."),
    ],
)
def test_bad_fields_are_refused(kind: str, field: str, value: Any, text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        make(kind, **{field: value})
