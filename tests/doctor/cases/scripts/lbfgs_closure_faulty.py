# mypy: ignore-errors
"""A sine fitted by L-BFGS with a closure."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-2, 2, 200)[:, None]
y = torch.sin(3 * x)
model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    return loss


for _ in range(25):
    optimizer.step(closure)
with torch.no_grad():
    r2 = 1 - (model(x) - y).square().mean() / y.var()
print(f"score {r2.item():.4f}")
