"""The evaluation leaves dropout on."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(256, 4)
y = (X.sum(1) > 0).long()
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 2))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(10):
    order = torch.randperm(192)
    for rows in order.split(32):
        opt.zero_grad()
        nn.functional.cross_entropy(model(X[rows]), y[rows]).backward()
        opt.step()
    with torch.no_grad():
        accuracy = (model(X[192:]).argmax(1) == y[192:]).float().mean().item()
