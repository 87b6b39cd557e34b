"""Sound: gradients of four batches make one step."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(256, 3)
y = (X.sum(1) > 0).long()
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=2e-2)
criterion = nn.CrossEntropyLoss()
for _ in range(25):
    opt.zero_grad()
    order = torch.randperm(192)
    for k, rows in enumerate(order.split(16)):
        (criterion(net(X[rows]), y[rows]) / 4).backward()
        if k % 4 == 3:
            opt.step()
            opt.zero_grad()
net.eval()
with torch.no_grad():
    print((net(X[192:]).argmax(1) == y[192:]).float().mean().item())
