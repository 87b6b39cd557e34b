"""Losses are collected for a curve, with their graphs."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(128, 2)
y = X.prod(1, keepdim=True)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
losses = []
for _ in range(80):
    loss = nn.functional.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    losses.append(loss)
