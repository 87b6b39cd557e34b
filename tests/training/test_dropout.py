from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learnscope.training.dropout import dropout_mask
from learnscope.training.loop import train_member
from learnscope.training.member import Member
from tests.training.members import spirals

MASK = 2**64 - 1


def _mix(z: int) -> int:
    """Return SplitMix64's finaliser of z, in whole numbers of Python."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def _by_hand(key: int, step: int, layer: int, b: int, h: int, p: float) -> list[list[bool]]:
    golden = 0x9E3779B97F4A7C15
    for counter in (step, layer):
        key = _mix(key + golden * (counter + 1) & MASK)
    u = [(_mix(key + golden * (i + 1) & MASK) >> 11) / 2**53 for i in range(b * h)]
    return [[u[i * h + j] >= p for j in range(h)] for i in range(b)]


@given(
    key=st.integers(0, MASK),
    step=st.integers(0, 10**6),
    layer=st.integers(0, 9),
    p=st.floats(0, 0.99),
)
def test_mask_is_the_documented_function_of_its_counters(
    key: int, step: int, layer: int, p: float
) -> None:
    expected = _by_hand(key, step, layer, 3, 4, p)
    assert dropout_mask(key, step, layer, 3, 4, p).tolist() == expected


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9])
def test_dropout_keeps_the_mean(p: float) -> None:
    kept = dropout_mask(7, 0, 0, 1000, 200, p) / (1 - p)
    # The sd of the mean of 200,000 such numbers is sqrt(p / (1 - p) / 200,000) <= 0.0068.
    assert kept.mean() == pytest.approx(1.0, abs=0.03)


def test_steps_layers_and_members_have_masks_of_their_own() -> None:
    masks = [dropout_mask(k, s, i, 8, 8, 0.5) for k in (1, 2) for s in (0, 1) for i in (0, 1)]
    assert len({mask.tobytes() for mask in masks}) == 8


def _step_with_dropout(member: Member, p: float, step: int) -> list[Any]:
    """Return the gradients of one update that PyTorch computes with the masks made by hand."""
    weights = [torch.tensor(v, requires_grad=True) for v in member.initial.values()]
    train = member.parts["train"]
    out = torch.tensor(train.x)
    for i in range(3):
        out = out @ weights[2 * i].T + weights[2 * i + 1]
        if i < 2:
            out = torch.tanh(out)
            mask = _by_hand(member.dropout_key, step, i, len(out), out.shape[1], p)
            out = out * torch.tensor(mask) / (1 - p)
    loss = torch.nn.functional.mse_loss(out, torch.tensor(train.y))
    return list(torch.autograd.grad(loss, weights))


def test_an_update_drops_what_the_masks_say() -> None:
    member = spirals(epochs=1, dropout=0.4, optimizer="sgd", lr=0.1)
    moved = train_member(member).parameters
    gradients = _step_with_dropout(member, 0.4, 0)
    for (name, start), gradient in zip(member.initial.items(), gradients, strict=True):
        np.testing.assert_allclose(moved[name], start - 0.1 * gradient.numpy(), rtol=1e-10)
