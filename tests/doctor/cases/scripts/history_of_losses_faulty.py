# mypy: ignore-errors
"""Losses are kept for a curve."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(400, 6)
y = X @ torch.randn(6, 1) + 0.1 * torch.randn(400, 1)
model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
history = []
total = 0.0
for epoch in range(30):
    for batch in torch.randperm(300).split(30):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
        total = total + loss
        history.append(loss)
with torch.no_grad():
    r2 = 1 - (model(X[300:]) - y[300:]).square().mean() / y[300:].var()
print(f"score {r2.item():.4f}")
