"""Long studies: the spread of the published outcomes over many seeds, beside plain PyTorch.

`make study` runs them; the table they print is that of `docs/catalogue-figures.md`.
"""

import math
from typing import Any

import numpy as np
import pytest

import learnscope as ls
from learnscope.measures.health import health
from learnscope.seeds import streams

LEVELS = (0.0, 0.05, 0.5, 0.95, 1.0)


def report(what: str, values: Any) -> None:
    quantiles = "  ".join(f"{q:.4g}" for q in np.quantile(np.asarray(values), LEVELS))
    print(f"{what:<44} {len(values):>4} networks: {quantiles}")


def plain_spirals(seed: int) -> tuple[float, bool]:
    """Return (test accuracy, dead) of S0.13 in plain PyTorch with the source's random split."""
    import torch
    from torch import nn

    rng = np.random.RandomState(seed)
    angle = 2 * math.pi * np.sqrt(rng.rand(100))
    radius = 2 * angle + math.pi / 2
    arm = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
    points = np.r_[arm + 0.5 * rng.randn(100, 2), -arm + 0.5 * rng.randn(100, 2)]
    order = rng.permutation(200)
    x = torch.tensor(points[order], dtype=torch.float32)
    y = torch.tensor(np.repeat([0.0, 1.0], 100)[order], dtype=torch.float32)[:, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1), nn.ReLU()
        )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(1000):
        optimizer.zero_grad()
        loss: Any = nn.functional.mse_loss(model(x[:140]), y[:140])
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = ((model(x[140:]) > 0.5) == (y[140:] > 0.5)).float().mean().item()
        return right, bool((model(x[:140]) == 0).all())


@pytest.mark.study
def test_the_living_spirals_below_three_quarters_are_as_many_in_plain_pytorch() -> None:
    run = ls.train(ls.named("spirals").override({"seeds": 1000}))
    alive = np.array([health(t).alive for t in run.trained])
    ours = np.array(run.metrics["test_accuracy"])[alive]
    rows = [plain_spirals(seed) for seed in range(500)]
    plain = np.array([accuracy for accuracy, is_dead in rows if not is_dead])
    report("S0.13 living, learnscope", ours)
    report("S0.13 living, plain PyTorch", plain)
    dead = [np.mean(~alive), np.mean([d for _, d in rows])]
    low = [np.mean(ours < 0.75), np.mean(plain < 0.75)]
    print(f"dead {dead[0]:.3f} and {dead[1]:.3f}; living below 0.75 {low[0]:.3f} and {low[1]:.3f}")
    # Two shares, each within three standard errors of the smaller sample.
    for a, b in (dead, low):
        assert abs(a - b) <= 3 * math.sqrt(a * (1 - a) / len(plain))


@pytest.mark.study
def test_the_spread_of_the_published_outcomes() -> None:
    """Print the quantiles; assert that the published middle lies inside them."""
    published = {
        ("tanh_regression", (1,)): 1.95,
        ("tanh_regression", (2,)): 0.17,
        ("tanh_regression", (5,)): 0.065,
        ("tanh_regression", (10,)): 0.06,
        ("disc_in_ring", (1,)): 0.6,
        ("disc_in_ring", (2,)): 0.24,
        ("disc_in_ring", (3,)): 0.04,
        ("disc_in_ring", (4,)): 0.0125,
        ("damped_sine", (1,)): 1.0435,
        ("damped_sine", (10,)): 0.097,
    }
    for (name, hidden), middle in published.items():
        run = ls.train(ls.named(name).override({"seeds": 60, "model.hidden": list(hidden)}))
        values = run.metrics["train_loss"]
        report(f"{name} {hidden}", values)
        assert min(values) * 0.995 <= middle <= max(values)


@pytest.mark.study
def test_two_tanh_layers_in_the_gap() -> None:
    run = ls.train(ls.named("tanh_regression").override({"seeds": 200, "model.hidden": [10, 10]}))
    gap = np.linspace(0.474, 0.684, 50)[:, None]
    target = gap * np.sin(10 * gap)
    errors = [float(np.sqrt(np.mean((t.output(gap) - target) ** 2))) for t in run.trained]
    report("S2.9, two layers of 10: RMSE in the gap", errors)
    report("S2.9, two layers of 10: sum of squares", run.metrics["train_loss"])
    assert 0.2 < np.median(errors) < 0.7


@pytest.mark.study
def test_a_line_on_circles_at_single_checkpoints() -> None:
    settings = {"seeds": 200, "training.eval_every": 10}
    run = ls.train(ls.named("circles_linear").override(settings))
    at = np.array([t.result.history["test_loss"][1:] for t in run.trained])
    report("S1.18: test loss, single checkpoints", at.ravel())
    report("S1.18: test loss, mean of ten checkpoints", at.mean(axis=1))
    assert abs(at.mean() - 0.6934) < 0.001


def test_the_study_draws_the_source_s_points() -> None:
    rng = np.random.RandomState(0)
    first = 2 * math.pi * np.sqrt(rng.rand(100))[0]
    sample = ls.named("spirals").problem.sample(streams(0, problem_seed=0).draws)
    noise = rng.randn(100, 2)[0]
    radius = 2 * first + math.pi / 2
    expected = np.array([radius * math.cos(first), radius * math.sin(first)]) + 0.5 * noise
    np.testing.assert_allclose(sample.x[0], expected)
