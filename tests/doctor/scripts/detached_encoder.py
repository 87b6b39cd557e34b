"""Two parts in one module; the graph is cut between them."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 8)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        z = torch.relu(self.encoder(x)).detach()
        return self.head(z)


torch.manual_seed(0)
X = torch.randn(128, 4)
y = (X[:, 0] > X[:, 1]).long()
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
for _ in range(20):
    opt.zero_grad()
    criterion(net(X), y).backward()
    opt.step()
