"""Softmax in the forward pass, cross-entropy behind it."""

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 32)
        self.b = nn.Linear(32, 6)

    def forward(self, x):
        return F.softmax(self.b(F.relu(self.a(x))), dim=1)


torch.manual_seed(0)
X = torch.randn(300, 4)
y = (X @ torch.randn(4, 6)).argmax(1)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for _ in range(15):
    for xb, yb in zip(X.split(50), y.split(50)):
        opt.zero_grad()
        loss = criterion(net(xb), yb)
        loss.backward()
        opt.step()
