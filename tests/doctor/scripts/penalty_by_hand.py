"""A penalty written by hand, far too strong."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(200, 2)
y = (X[:, 0] > 0).long()
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.02)
criterion = nn.CrossEntropyLoss()
for _ in range(60):
    penalty = sum(p.pow(2).sum() for p in net.parameters())
    loss = criterion(net(X), y) + 5.0 * penalty
    opt.zero_grad()
    loss.backward()
    opt.step()
