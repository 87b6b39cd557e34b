"""`ls.diagnose` from outside: what it leaves alone, what it refuses, what it gives back."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import learnscope as ls
from learnscope.doctor.rules import RULES
from learnscope.errors import InputError
from tests.doctor.engine.programs import network, program, rows


class Drawing(nn.Module):
    """A model that draws from all three generators in training."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = network()

    def forward(self, x: Tensor) -> Tensor:
        noise = 0.0
        if self.training:
            noise = float(np.random.rand()) + random.random() + float(torch.rand(()))
        out: Tensor = self.inner(x + 0.01 * noise)
        return out


def test_nothing_of_the_caller_is_changed() -> None:
    model = Drawing()
    arguments = program(model, epochs=4)
    optimizer = arguments["optimizer"]
    torch.autograd.backward(F.cross_entropy(model(arguments["X"]), arguments["y"]))
    optimizer.step()
    model.inner[0].eval()
    weights = copy.deepcopy(model.state_dict())
    gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    memory = copy.deepcopy(optimizer.state_dict())
    modes = [m.training for m in model.modules()]
    tensors = {k: v.clone() for k, v in arguments.items() if isinstance(v, Tensor)}
    threads = torch.get_num_threads()
    random_states = torch.get_rng_state(), random.getstate(), np.random.get_state(legacy=False)

    ls.diagnose(**arguments, budget=2.0)

    assert all(torch.equal(v, weights[k]) for k, v in model.state_dict().items())
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), gradients, strict=True)
               if p.grad is not None)  # fmt: skip
    after = optimizer.state_dict()
    assert after["param_groups"] == memory["param_groups"]
    for key, state in after["state"].items():
        assert all(torch.equal(v, memory["state"][key][k]) for k, v in state.items())
    assert [m.training for m in model.modules()] == modes
    assert all(torch.equal(arguments[k], v) for k, v in tensors.items())
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), random_states[0])
    assert random.getstate() == random_states[1]
    now, then = np.random.get_state(legacy=False), random_states[2]
    assert now["state"]["pos"] == then["state"]["pos"]
    assert np.array_equal(now["state"]["key"], then["state"]["key"])


def test_trial_equals_a_loop_by_hand() -> None:
    """The score before is that of a plain loop with the same first weights and batches."""
    arguments = program(loss=lambda o, y: -F.cross_entropy(o, y), epochs=5)
    finding = ls.diagnose(**arguments, budget=20.0).findings[0]
    assert finding.trial is not None
    assert finding.trial.seeds == 2
    expected = []
    for seed in (0, 1):
        model = copy.deepcopy(arguments["model"])
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
        order = torch.Generator().manual_seed(seed)
        for _ in range(5):
            for batch in torch.split(torch.randperm(240, generator=order), 16):
                optimizer.zero_grad()
                outputs = model(arguments["X"][batch])
                torch.autograd.backward(F.cross_entropy(outputs, arguments["y"][batch]))
                optimizer.step()
        with torch.no_grad():
            parts = [
                float((model(arguments[x]).argmax(1) == arguments[y]).float().mean())
                for x, y in (("X", "y"), ("X_test", "y_test"))
            ]
        expected.append(min(parts))
    assert finding.trial.after == pytest.approx(np.mean(expected), abs=0.02)


def test_same_arguments_same_diagnosis() -> None:
    made = [ls.diagnose(**program(loss=F.nll_loss, epochs=3), budget=30.0) for _ in range(2)]
    one, two = (d.to_dict() | {"seconds": 0} for d in made)
    assert one == two


def test_documents(tmp_path: Path) -> None:
    found = ls.diagnose(**program(loss=F.nll_loss, epochs=3), budget=3.0)
    document = json.loads(found.to_json())
    assert document["verdict"] == "faulty"
    assert document["findings"][0]["slug"] in ls.doctor.FAULTS
    assert "missing-log-probabilities" in str(found)
    page = found.report(tmp_path / "page.html").read_text()
    assert "http" not in page.replace("http://www.w3.org", "")


def test_every_rule_has_words_for_its_faults() -> None:
    assert {slug for rule in RULES for slug in rule.slugs} <= set(ls.doctor.FAULTS)
    assert all(text.endswith(".") and "\n" not in text for text in ls.doctor.FAULTS.values())


def test_loader_and_pair_are_read_as_tensors_are() -> None:
    x, y = rows(64)
    loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
    common: dict[str, Any] = {
        "model": network(),
        "loss": F.cross_entropy,
        "epochs": 2,
        "budget": 1.0,
    }
    of_loader = ls.diagnose(data=loader, test_data=(x, y), **common)
    of_arrays = ls.diagnose(X=x.numpy(), y=y.numpy(), X_test=x, y_test=y, batch_size=8, **common)
    assert of_loader.scores == of_arrays.scores


def test_repaired_copy_is_healthy() -> None:
    finding = ls.diagnose(**program(loss=F.nll_loss, epochs=15), budget=4.0).findings[0]
    assert finding.fix is not None
    setup = finding.fix()
    assert setup.train()["test"] > 0.85
    assert ls.diagnose(**setup.arguments(), budget=4.0).verdict != "faulty"


class Uncopied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 2)
        self.kept = self.layer(torch.zeros(1, 4))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "m"}, "model must be a torch.nn.Module, got str"),
        ({"loss": 3}, "loss must be callable"),
        ({"optimizer": 3}, "optimizer must be a torch.optim.Optimizer, got int"),
        ({"y": torch.zeros(3)}, "as many rows each, got 240 and 3"),
        ({"X": None}, "X and y must be given"),
        ({"y_test": None}, "must be given together"),
        ({"epochs": 0}, "epochs must be a whole number >= 1, got 0"),
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ({"budget": 0}, "budget must be > 0"),
        ({"train": {"rate": 1}}, "train.rate is not known"),
        ({"data": (1, 2)}, "both given"),
        ({"model": Uncopied()}, "model cannot be copied"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        ls.diagnose(**(program() | changes))


def raising(**changes: Any) -> Any:
    return ls.diagnose(**program(epochs=12, **changes), budget=2.0).findings[0]


def one_more(t: Tensor) -> Tensor:
    return t + 1


@pytest.mark.parametrize(
    ("slug", "model", "change"),
    [
        ("shape-mismatch", nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(20, 2)), None),
        ("shape-mismatch", nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 2)), None),
        ("dtype-mismatch", network(), Tensor.float),
        ("target-out-of-range", network(), one_more),
        ("shape-mismatch", network(), lambda t: t.reshape(-1, 1)),
    ],
)
def test_programs_that_raise_are_explained_and_repaired(
    slug: str, model: nn.Module, change: Any
) -> None:
    changes: dict[str, Any] = {"model": model}
    if change is not None:
        changes |= {"y": change(rows(240)[1]), "y_test": change(rows(120, seed=1)[1])}
    finding = raising(**changes)
    assert finding.slug == slug
    assert finding.fix().train()["test"] > 0.8


def test_last_batch_of_one_row_under_batch_normalisation() -> None:
    x, y = rows(241)
    model = nn.Sequential(nn.Linear(4, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 2))
    finding = raising(model=model, X=x, y=y)
    assert finding.slug == "batchnorm-statistics"
    assert 241 % finding.fix().batch_size != 1
    assert finding.fix().train()["test"] > 0.8
