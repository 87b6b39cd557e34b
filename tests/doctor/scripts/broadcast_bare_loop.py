"""A bare loop: outputs (n, 1) against targets (n,), in the loss and in the score."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(200, 2)
y = (X[:, 0] * X[:, 1] > 0).float()
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(20):
    order = torch.randperm(160)
    for i in range(0, 160, 32):
        rows = order[i : i + 32]
        loss = ((net(X[rows]) - y[rows]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
with torch.no_grad():
    hits = (net(X[160:]) > 0.5).float() == y[160:]
print(hits.float().mean().item())
