"""Binary cross-entropy of (n, 1) and (n,)."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(60, 4)
y = (X.sum(1) > 0).float()
net = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
loss = nn.BCELoss()(net(X), y)
loss.backward()
