"""The output is computed once, the backward pass runs in a loop."""

import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
out = net(torch.randn(8, 2))
for _ in range(3):
    opt.zero_grad()
    loss = (out**2).mean()
    loss.backward()
    opt.step()
