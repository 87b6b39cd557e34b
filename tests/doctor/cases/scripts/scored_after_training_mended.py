# mypy: ignore-errors
"""A regression with dropout, scored after training."""

import torch
from torch import nn

torch.manual_seed(2)
X = torch.rand(600, 4) * 4 - 2
y = X[:, :1] * X[:, 1:2] + torch.sin(2 * X[:, 2:3])

net = nn.Sequential(
    nn.Linear(4, 128),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(128, 128),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(128, 1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
mse = nn.MSELoss()
for epoch in range(60):
    net.train()
    for batch in torch.randperm(450).split(32):
        optimizer.zero_grad()
        mse(net(X[batch]), y[batch]).backward()
        optimizer.step()

net.eval()
with torch.no_grad():
    error = mse(net(X[450:]), y[450:])
print(f"score {1 - (error / y[450:].var()).item():.4f}")
