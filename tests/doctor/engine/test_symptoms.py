"""Rules that need a poor outcome and a trial, beside sound programs that look ill."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import learnscope as ls
from learnscope.doctor.finding import Diagnosis
from tests.doctor.engine.programs import network, numbers, program, rows


def diagnosed(arguments: dict[str, Any]) -> Diagnosis:
    return ls.diagnose(**arguments, budget=8.0)


def slugs(arguments: dict[str, Any]) -> list[str]:
    return [f.slug for f in diagnosed(arguments).findings]


def test_rate_far_too_low_and_what_a_higher_one_gives() -> None:
    found = diagnosed(program(lr=1e-6)).findings[0]
    assert found.slug == "lr-too-low"
    assert found.fix is not None
    assert found.fix().optimizer.param_groups[0]["lr"] > 1e-4
    assert found.trial is not None
    assert found.trial.after > found.trial.before + 0.2


def test_rate_far_too_high() -> None:
    found = diagnosed(program(lr=20.0)).findings[0]
    assert found.slug == "lr-too-high"
    assert found.fix is not None
    assert found.fix().optimizer.param_groups[0]["lr"] < 20


def test_equal_weights_stay_equal() -> None:
    model = network()
    for p in model.parameters():
        nn.init.constant_(p, 0.1)
    assert slugs(program(model))[0] == "constant-init"


def test_layers_without_activations_are_one_layer() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 24), nn.Linear(24, 24), nn.Linear(24, 2))
    assert slugs(program(model, epochs=30))[0] == "missing-nonlinearity"


def test_decay_that_leaves_nothing() -> None:
    model = network()
    decayed = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=20.0)
    assert slugs(program(model, optimizer=decayed))[0] == "weight-decay-too-strong"


def test_column_a_thousand_times_as_large() -> None:
    arguments = program()
    scale = torch.tensor([1.0, 1.0, 3000.0, 1.0])
    arguments |= {k: arguments[k] * scale for k in ("X", "X_test")}
    found = diagnosed(arguments).findings[0]
    assert found.slug == "unscaled-input"
    assert found.fix is not None
    x = found.fix().X
    assert torch.allclose(x.mean(dim=0), torch.zeros(4), atol=1e-4)
    assert torch.allclose(x.std(dim=0), torch.ones(4), atol=1e-2)


def test_targets_out_of_reach() -> None:
    arguments = numbers(epochs=10)
    arguments |= {k: 500 * arguments[k] + 20000 for k in ("y", "y_test")}
    assert slugs(arguments)[0] == "unscaled-target"


def test_targets_shifted_by_two_rows() -> None:
    arguments = program(epochs=20)
    arguments["y"] = torch.roll(arguments["y"], 2)
    found = diagnosed(arguments).findings[0]
    assert found.slug == "misaligned-targets"
    assert found.fix is not None
    setup = found.fix()
    agrees = setup.y == (setup.X[:, :2].square().sum(dim=1) > 1.386).long()
    assert bool(agrees.all())


def test_test_rows_among_the_training_rows() -> None:
    arguments = program()
    arguments["X_test"], arguments["y_test"] = arguments["X"][:60], arguments["y"][:60]
    found = diagnosed(arguments).findings[0]
    assert found.slug == "train-test-leak"
    assert found.fix is not None
    assert len(found.fix().X) == 180


def noisy(arguments: dict[str, Any]) -> dict[str, Any]:
    draws = torch.Generator().manual_seed(3)
    flipped = {}
    for name in ("y", "y_test"):
        y = arguments[name]
        flips = torch.rand(len(y), generator=draws) < 0.25
        flipped[name] = torch.where(flips, 1 - y, y)
    return arguments | flipped


def line(arguments: dict[str, Any]) -> dict[str, Any]:
    """Replace the classes by sides of a plane, which any network learns."""
    return arguments | {
        y: (arguments[x][:, 0] + arguments[x][:, 1] > 0).long()
        for x, y in (("X", "y"), ("X_test", "y_test"))
    }


def sgd() -> dict[str, Any]:
    model = network()
    return program(model, optimizer=torch.optim.SGD(model.parameters(), lr=0.5), epochs=40)


def last_layer_of_zeros() -> dict[str, Any]:
    model = network()
    for p in model[2].parameters():
        nn.init.zeros_(p)
    return program(model)


def half_dropped() -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 2))
    return program(model)


def pixels() -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm1d(4), *network())
    arguments = program(model)
    return arguments | {k: 128 + 60 * arguments[k] for k in ("X", "X_test")}


def few_steps() -> dict[str, Any]:
    return line(program(lr=0.1, epochs=3))


def rare() -> dict[str, Any]:
    """One row in fifteen of the second class, far from the others."""
    arguments = program()
    for x, y in (("X", "y"), ("X_test", "y_test")):
        arguments[y] = (torch.arange(len(arguments[y])) % 15 == 0).long()
        arguments[x] = arguments[x] + 6 * arguments[y][:, None]
    return arguments


def components() -> dict[str, Any]:
    """A linear autoencoder of data of two dimensions: principal components."""
    torch.manual_seed(0)
    plane = torch.randn(2, 6)
    x, x_test = rows(240)[0][:, :2] @ plane, rows(120, seed=1)[0][:, :2] @ plane
    model = nn.Sequential(nn.Linear(6, 2), nn.Linear(2, 6))
    data: dict[str, Any] = {"X": x, "y": x, "X_test": x_test, "y_test": x_test, "epochs": 40}
    return program(model, F.mse_loss, **data)


@pytest.mark.parametrize(
    "make",
    [sgd, last_layer_of_zeros, half_dropped, pixels, few_steps, rare, components],
    ids=lambda f: f.__name__,
)
def test_sound_programs_that_look_ill(make: Any) -> None:
    found = diagnosed(make())
    assert found.verdict != "faulty", str(found)


def test_noisy_labels_at_the_ceiling() -> None:
    found = diagnosed(noisy(line(program(lr=0.01, epochs=6))))
    assert found.verdict == "at_ceiling", str(found)
