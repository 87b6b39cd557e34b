"""A trainer class: step() before backward()."""

import torch
from torch import nn


class Trainer:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), lr=0.1)
        self.loss = nn.MSELoss()

    def train_step(self, x, y):
        loss = self.loss(self.net(x), y)
        self.opt.step()
        self.opt.zero_grad()
        loss.backward()
        return loss.item()

    def fit(self, x, y, steps):
        return [self.train_step(x, y) for _ in range(steps)]


torch.manual_seed(0)
X = torch.randn(64, 2)
Trainer(nn.Linear(2, 1)).fit(X, X.sum(1, keepdim=True), 30)
