"""Compare the fused route with a plain PyTorch loop, one core, full batch, Adam.

Prints microseconds per update of one network for both, and the ratio: the median over pairs of
runs, one of each directly after the other, so that whatever else the machine does falls on both.
"""

import statistics
import time

import torch

from benchmarks.machine import describe
from learnscope import fused
from learnscope.experiment import Experiment
from learnscope.training.member import Member, prepare
from learnscope.training.module import build_module

NETWORKS = (
    ("2-4-4-1, 140 rows", (4, 4), 200),
    ("2-8-8-8-1, 140 rows", (8, 8, 8), 200),
    ("2-8-8-8-8-8-1, 560 rows", (8, 8, 8, 8, 8), 800),
    ("2-64-64-1, 560 rows", (64, 64), 800),
)
PAIRS = 5
SECONDS = 0.3
"""About how long a run of either should take."""


def make_member(hidden: tuple[int, ...], n: int, activation: str, epochs: int) -> Member:
    """Return a member on spirals with 70 % of n rows for training."""
    experiment = Experiment(
        problem={"kind": "spirals", "n": n // 2},
        model={"kind": "mlp", "hidden": hidden, "activation": activation},
        training={"epochs": epochs},
    )
    return prepare(experiment, 0)


def time_fused(member: Member) -> float:
    """Return seconds per update of the fused route, evaluation and preparation included."""
    result = fused.train_members([member], n_threads=1)[0]
    return result.seconds / result.epochs


def time_torch(member: Member, updates: int) -> float:
    """Return seconds per update of a PyTorch loop that does nothing else."""
    torch.set_num_threads(1)
    module = build_module(member.network, member.initial, torch.float32)
    x, y = (torch.from_numpy(a) for a in (member.parts["train"].x, member.parts["train"].y))
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    start = time.perf_counter()
    for _ in range(updates):
        optimizer.zero_grad()
        torch.autograd.backward(torch.nn.functional.mse_loss(module(x), y))
        optimizer.step()
    return (time.perf_counter() - start) / updates


def main() -> None:
    """Run the comparison with ReLU and with tanh and print a table of each."""
    print(f"fused, one core: {describe()}; medians of {PAIRS} pairs")
    start = time.perf_counter()
    fused.warmup()
    print(f"load or build: {time.perf_counter() - start:.2f} s")
    for activation in ("relu", "tanh"):
        table(activation)


def table(activation: str) -> None:
    """Print microseconds of one full-batch Adam step on each route and their ratio."""
    print(f"{activation:26}{'PyTorch us':>12}{'fused us':>10}{'ratio':>8}")
    for name, hidden, n in NETWORKS:
        guess = fused.estimate_seconds([make_member(hidden, n, activation, 1000)]) / 1000
        member = make_member(hidden, n, activation, max(100, int(SECONDS / guess)))
        pairs = [
            (time_torch(member, int(SECONDS / 5e-4)), time_fused(member)) for _ in range(PAIRS)
        ]
        slow, fast = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"{name:26}{slow * 1e6:12.1f}{fast * 1e6:10.2f}{ratio:8.0f}")


if __name__ == "__main__":
    main()
