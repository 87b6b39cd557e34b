"""eval() after the first epoch, and never train() again."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(256, 4)
y = (X.sum(1) > 0).long()
model = nn.Sequential(
    nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2)
)
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    for i in range(0, 192, 32):
        opt.zero_grad()
        loss = criterion(model(X[i : i + 32]), y[i : i + 32])
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        accuracy = (model(X[192:]).argmax(1) == y[192:]).float().mean().item()
