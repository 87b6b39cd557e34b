"""Sound: a frozen body, of which only the head is trained, with frozen batch statistics."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(200, 4)
y = (X[:, 0] + X[:, 1] > 0).long()
body = nn.Sequential(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU())
for p in body.parameters():
    p.requires_grad_(False)
model = nn.Sequential(body, nn.Linear(32, 2))
opt = torch.optim.Adam(model[1].parameters(), lr=2e-2)
for _ in range(60):
    model.train()
    body.eval()
    loss = nn.functional.cross_entropy(model(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
