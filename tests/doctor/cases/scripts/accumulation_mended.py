# mypy: ignore-errors
"""Gradients of four small batches are added up before each step."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(3)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
X, y = X[order], y[order]
model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
accumulate = 4

for epoch in range(12):
    for i, batch in enumerate(torch.randperm(1200).split(16)):
        loss = criterion(model(X[batch]), y[batch]) / accumulate
        loss.backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()

with torch.no_grad():
    print(f"score {(model(X[1200:]).argmax(1) == y[1200:]).float().mean().item():.4f}")
