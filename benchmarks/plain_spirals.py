"""The spirals of S0.13 as a plain PyTorch script: no learnscope, one network after the other.

Usage: python plain_spirals.py SEEDS PICTURE. It does what the benchmarked command does with its
training rows: 1,000 full-batch Adam steps for each seed with the test loss ten steps apart, then
a picture of the loss curves and the map of one network.
"""

import math
import sys

import torch
from torch import nn

torch.set_num_threads(1)


def data(seed: int) -> tuple[torch.Tensor, ...]:
    """Return training and test rows of one draw of the spirals."""
    g = torch.Generator().manual_seed(seed)
    angle = 2 * math.pi * torch.rand(100, generator=g).sqrt()
    radius = 2 * angle + math.pi / 2
    arm = torch.stack((radius * angle.cos(), radius * angle.sin()), dim=1)
    x = torch.cat((arm, -arm)) + 0.5 * torch.randn(200, 2, generator=g)
    y = torch.arange(2.0).repeat_interleave(100)[:, None]
    order = torch.randperm(200, generator=g)
    return x[order[:140]], y[order[:140]], x[order[140:]], y[order[140:]]


def train(seed: int) -> tuple[nn.Module, list[float], list[float], torch.Tensor, torch.Tensor]:
    """Train one network and return it with its curves."""
    x, y, x_test, y_test = data(seed)
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1), nn.ReLU()
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.MSELoss()
    curve, test_curve = [], []
    for epoch in range(1000):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        if epoch % 10 == 9:
            curve.append(loss.item())
            with torch.no_grad():
                test_curve.append(loss_fn(model(x_test), y_test).item())
    return model, curve, test_curve, x, y


def draw(
    trained: list[tuple[nn.Module, list[float], list[float], torch.Tensor, torch.Tensor]], path: str
) -> None:
    """Draw the curves of all networks and the map of the first."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    for _, curve, test_curve, _, _ in trained:
        left.plot(curve, color="C0", alpha=0.5)
        left.plot(test_curve, color="C1", alpha=0.5)
    model, _, _, x, y = trained[0]
    axis = torch.linspace(-15, 15, 120)
    grid = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        z = model(grid).clamp(0, 1).reshape(120, 120).T
    right.imshow(z, origin="lower", extent=(-15, 15, -15, 15), cmap="coolwarm")
    right.scatter(x[:, 0], x[:, 1], c=y[:, 0], cmap="coolwarm", edgecolor="k")
    figure.savefig(path)


if __name__ == "__main__":
    draw([train(seed) for seed in range(int(sys.argv[1]))], sys.argv[2])
