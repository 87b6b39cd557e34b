"""Recurrent layers step by step, against PyTorch's own."""

import pytest
import torch

from learnscope.models.cell_modules import CellStack
from learnscope.models.stepwise import StepwiseLayer, make_stepwise

LAYERS = {"elman": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("kind", LAYERS)
def test_they_give_what_pytorch_gives(kind: str, begun: bool, bias: bool, both_ways: bool) -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    with torch.random.fork_rng():
        layer = LAYERS[kind](
            2, 3, bias=bias, batch_first=True, bidirectional=both_ways, dtype=torch.float64
        )
    x, directions = drawn(4, 5, 2), 1 + both_ways
    state = drawn(directions, 4, 3) if begun else None
    begin = (state, drawn(directions, 4, 3)) if kind == "lstm" and state is not None else state
    own = StepwiseLayer(layer)
    assert dict(own.named_parameters()).keys() == dict(layer.named_parameters()).keys()
    (true, last), (found, own_last) = layer(x, begin), own(x, begin)
    torch.testing.assert_close(found, true)
    torch.testing.assert_close(own_last, last)
    weights = list(layer.parameters())
    for one, two in zip(
        torch.autograd.grad(true.sin().sum(), weights),
        torch.autograd.grad(found.sin().sum(), weights),
        strict=True,
    ):
        torch.testing.assert_close(two, one)


def test_relu_too() -> None:
    with torch.random.fork_rng():
        layer = torch.nn.RNN(2, 3, nonlinearity="relu", batch_first=True, dtype=torch.float64)
    x = torch.linspace(-2, 2, 20, dtype=torch.float64).reshape(2, 5, 2)
    torch.testing.assert_close(StepwiseLayer(layer)(x), layer(x))


def test_only_pytorchs_layers_are_replaced() -> None:
    module = torch.nn.ModuleDict(
        {"cells": CellStack([torch.nn.GRU(2, 3, device="meta")]), "out": torch.nn.Linear(3, 1)}
    )
    make_stepwise(module)
    assert isinstance(module["cells"][0], StepwiseLayer)  # type: ignore[index]
    assert isinstance(module["out"], torch.nn.Linear)
