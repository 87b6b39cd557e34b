"""What watching costs: two small programs in a bare loop and within `ls.watch`, in pairs.

Usage: python -m benchmarks.watching [--pairs N]

The programs are the smallest of the catalogue, where a fixed cost per step weighs most: a 2-8-8-8-1
network on spirals with the whole set as one batch, and a 784-100-10 network with batches of 16.
Each pair runs one loop bare and one watched, in turn first; the figure is the median over the
pairs of watched / bare - 1, in processor time of one thread, which other programs disturb least.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from learnscope.doctor.watching.watch import watch

Loop = Callable[[bool], float]


def spirals(watched: bool) -> float:
    """Train 2-8-8-8-1 on 140 rows for 1,500 steps; return the seconds."""
    torch.manual_seed(0)
    x, y = torch.randn(140, 2), (torch.rand(140, 1) > 0.5).float()
    layers: list[nn.Module] = []
    for i, o in ((2, 8), (8, 8), (8, 8)):
        layers += [nn.Linear(i, o), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return _timed(model, optimizer, nn.MSELoss(), [(x, y)] * 1500, watched)


def digits(watched: bool) -> float:
    """Train 784-100-10 with batches of 16 for 1,500 steps; return the seconds."""
    torch.manual_seed(0)
    x, y = torch.rand(1500, 16, 784), torch.randint(0, 10, (1500, 16))
    model = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return _timed(model, optimizer, nn.CrossEntropyLoss(), list(zip(x, y, strict=True)), watched)


def _timed(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_fn: nn.Module,
    batches: list[tuple[torch.Tensor, torch.Tensor]],
    watched: bool,
) -> float:
    def loop() -> None:
        for x, y in batches:
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            optimizer.step()

    start = time.process_time()
    if watched:
        with watch(model, optimizer, loss_fn):
            loop()
    else:
        loop()
    return time.process_time() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9)
    pairs = parser.parse_args().pairs
    torch.set_num_threads(1)
    print(f"{'program':<24}{'bare, us/step':>14}{'watched':>10}{'cost':>8}")
    programs: dict[str, Loop] = {"2-8-8-8-1, 140 rows": spirals, "784-100-10, batch 16": digits}
    for name, loop in programs.items():
        loop(True)
        bare: list[float] = []
        seen: list[float] = []
        for i in range(pairs):
            for watched in (i % 2 == 0, i % 2 == 1):
                (seen if watched else bare).append(loop(watched))
        cost = statistics.median(s / b - 1 for s, b in zip(seen, bare, strict=True))
        b, s = (1e6 * statistics.median(t) / 1500 for t in (bare, seen))
        print(f"{name:<24}{b:>14.0f}{s:>10.0f}{100 * cost:>7.1f}%")


if __name__ == "__main__":
    main()
