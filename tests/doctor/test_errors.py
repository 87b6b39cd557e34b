"""Errors of PyTorch, provoked, and what is said about them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from learnscope.doctor.explaining.explain import explain, failure_of
from tests.doctor.conftest import Run

HEAD = """
import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset
x = torch.randn(8, 5)
m = nn.Linear(5, 3)
"""
CASES = [
    ("m(torch.randn(8, 4))", "shape-mismatch", "Linear(4, 3)"),
    ("nn.Linear(16, 2)(torch.randn(8, 4, 2, 2))", "shape-mismatch", "flatten"),
    ("nn.Linear(20, 2)(torch.randn(8, 4, 2, 2))", "shape-mismatch", "Linear(16, 2)"),
    ("nn.Conv2d(3, 4, 3)(torch.randn(8, 1, 8, 8))", "shape-mismatch", "in_channels 1"),
    ("nn.Conv2d(3, 4, 3)(torch.randn(8, 9, 9, 3))", "shape-mismatch", "permute(0, 3, 1, 2)"),
    ("nn.Conv2d(1, 4, 3)(torch.randn(8, 64))", "shape-mismatch", "view(-1, channels"),
    ("nn.Conv2d(1, 4, 5)(torch.randn(8, 1, 3, 3))", "conv-collapse", "smaller kernel"),
    ("nn.MaxPool2d(4)(torch.randn(8, 1, 3, 3))", "conv-collapse", "pooling less"),
    ("F.cross_entropy(m(x), torch.randn(8))", "dtype-mismatch", "y.long()"),
    ("F.cross_entropy(m(x), torch.zeros(8, dtype=torch.int32))", "dtype-mismatch", "y.long()"),
    ("F.cross_entropy(m(x), torch.zeros(8, 1).long())", "shape-mismatch", "squeeze(1)"),
    ("F.cross_entropy(m(x), torch.full((8,), 3))", "target-out-of-range", "4 outputs"),
    ("nn.CrossEntropyLoss()(m(x), torch.full((8,), -1))", "target-out-of-range", "from 0"),
    ("F.cross_entropy(m(x), torch.zeros(7).long())", "shape-mismatch", "x.size(0)"),
    ("nn.BCELoss()(torch.rand(8, 1), torch.ones(8))", "shape-mismatch", "unsqueeze(1)"),
    ("nn.BCEWithLogitsLoss()(torch.rand(8, 1), torch.ones(8))", "shape-mismatch", "unsqueeze(1)"),
    ("nn.BCELoss()(4 * x, torch.ones(8, 5))", "output-range", "BCEWithLogitsLoss"),
    ("nn.BCELoss()(torch.rand(8), 2 * torch.ones(8))", "target-out-of-range", "float()"),
    ("nn.BCELoss()(torch.rand(8), torch.ones(8).long())", "dtype-mismatch", "y.float()"),
    ("nn.MSELoss()(m(x), torch.ones(8))", "shape-mismatch", "view_as"),
    ("m(x.double())", "dtype-mismatch", "x.float()"),
    ("m(x.numpy())", "dtype-mismatch", "as_tensor"),
    ("m(nn.LSTM(5, 5)(torch.randn(2, 3, 5)))", "dtype-mismatch", "out, state"),
    ("nn.Embedding(5, 3)(torch.tensor([5]))", "target-out-of-range", "num_embeddings"),
    ("nn.Embedding(5, 3)(torch.rand(3))", "dtype-mismatch", "x.long()"),
    ("loss = m(x).pow(2).sum(); loss.backward(); loss.backward()", "backward-twice", "detach()"),
    (
        "a = torch.ones(3, requires_grad=True); b = a.sigmoid(); b += 1; b.sum().backward()",
        "in-place-change",
        "x = x + y",
    ),
    ("w = torch.ones(3, requires_grad=True); w -= 0.1", "in-place-change", "no_grad"),
    ("m(x).detach().sum().backward()", "detached-graph", "detach()"),
    ("m(x).backward()", "loss-not-scalar", "mean()"),
    ("x.view(-1, 7)", "shape-mismatch", "x.size(0)"),
    ("torch.randn(8, 5, 2).transpose(1, 2).view(8, -1)", "shape-mismatch", "reshape"),
    ("m(x).numpy()", "detached-graph", "detach().numpy()"),
    ("nn.BatchNorm1d(5)(torch.randn(1, 5))", "batchnorm-statistics", "drop_last"),
    ("nn.BatchNorm1d(4)(x)", "shape-mismatch", "BatchNorm1d(5)"),
    ("torch.optim.SGD([], lr=0.1)", "unregistered-parameters", "ModuleList"),
    ("torch.optim.SGD([m(x)], lr=0.1)", "optimizer-misses-parameters", "requires_grad_"),
    ("torch.optim.SGD(m.parameters(), lr=-1)", "bad-setting", "lr=1e-3"),
    ("TensorDataset(torch.ones(3), torch.ones(4))", "misaligned-targets", "[keep]"),
    ("DataLoader(TensorDataset(x[:0]), shuffle=True)", "empty-loader", "batch_size"),
    (
        "train_loader = DataLoader(TensorDataset(x), batch_size=9, drop_last=True)\n"
        "print(1 / len(train_loader))",
        "empty-loader",
        "drop_last",
    ),
    ("nn.LSTM(3, 4, batch_first=True)(torch.randn(2, 5, 2))", "shape-mismatch", "input_size 2"),
    (
        "nn.LSTM(3, 4)(torch.randn(2, 5, 3), (torch.zeros(1, 2, 4), torch.zeros(1, 2, 4)))",
        "shape-mismatch",
        "x.size(0)",
    ),
    ("nn.Softmax(dim=1)(torch.randn(3))", "shape-mismatch", "dim=-1"),
    ("nn.CrossEntropyLoss(x, x.argmax(1))", "shape-mismatch", "CrossEntropyLoss()("),
    ("nn.ModuleList([m])(x)", "no-forward", "Sequential"),
    ("m.load_state_dict({'w': x})", "weights-do-not-fit", "settings"),
    ("m(x.to('meta'))", "device-mismatch", "to(device)"),
    ("m(x).item()", "loss-not-scalar", "mean()"),
]


@pytest.mark.parametrize(("line", "slug", "change"), CASES)
def test_error_is_explained_with_its_change(
    line: str, slug: str, change: str, run: Run, script: Callable[[str], Path]
) -> None:
    ran = run(script(HEAD + line + "\n"))
    assert ran.error is not None
    failure = failure_of(ran.error, ran.seen)
    found = explain(failure)
    assert found is not None, failure
    assert found.slug == slug
    assert change in found.change
    assert failure.where == f"train.py:{len((HEAD + line).splitlines())}"
    assert "?" not in found.why and "  " not in found.why


def test_shapes_of_every_layer_up_to_the_error_are_known(run: Run) -> None:
    ran = run("raises_conv.py")
    assert ran.error is not None
    failure = failure_of(ran.error, ran.seen)
    assert [(s.layer, s.inputs, s.out) for s in failure.layers] == [
        ("conv", "(8, 1, 28, 28)", "(8, 4, 28, 28)"),
        ("pool", "(8, 4, 28, 28)", "(8, 4, 14, 14)"),
    ]
    assert failure.layer is not None
    assert (failure.layer.layer, failure.layer.inputs) == ("out", "(8, 4, 14, 14)")


@pytest.mark.parametrize("line", ["1 / 0", "{}['a']", "raise ValueError('no such thing')"])
def test_errors_of_the_program_s_own_are_not_explained(
    line: str, run: Run, script: Callable[[str], Path]
) -> None:
    ran = run(script(line + "\n"))
    assert ran.error is not None
    assert explain(failure_of(ran.error, ran.seen)) is None
