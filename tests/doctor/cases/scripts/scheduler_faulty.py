# mypy: ignore-errors
"""A schedule that was meant to count epochs."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.rand(600, 4) * 4 - 2
y = X[:, :1] * X[:, 1:2] + torch.sin(2 * X[:, 2:3])
model = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.3)
for epoch in range(40):
    for batch in torch.randperm(450).split(32):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
        scheduler.step()
with torch.no_grad():
    r2 = 1 - (model(X[450:]) - y[450:]).square().mean() / y[450:].var()
print(f"score {r2.item():.4f}")
