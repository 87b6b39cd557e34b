"""Class numbers that begin at 1."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(60, 4)
y = torch.arange(60) % 3 + 1
net = nn.Linear(4, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for i in range(0, 60, 20):
    opt.zero_grad()
    loss = criterion(net(X[i : i + 20]), y[i : i + 20])
    loss.backward()
    opt.step()
