"""A network whose dense layer does not fit the maps: it raises at the first call."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.out = nn.Linear(4 * 14 * 14, 10)

    def forward(self, x):
        return self.out(self.pool(torch.relu(self.conv(x))))


net = Net()
opt = torch.optim.Adam(net.parameters())
loss = nn.functional.cross_entropy(net(torch.randn(8, 1, 28, 28)), torch.randint(0, 10, (8,)))
loss.backward()
opt.step()
