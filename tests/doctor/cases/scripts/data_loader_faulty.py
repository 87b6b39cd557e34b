# mypy: ignore-errors
"""Rows sorted by class, read through a DataLoader."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
train, test = order[:1200], order[1200:]
train = train[y[train].argsort()]
loader = DataLoader(TensorDataset(X[train], y[train]), batch_size=32)

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
for epoch in range(10):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(f"score {(model(X[test]).argmax(1) == y[test]).float().mean().item():.4f}")
