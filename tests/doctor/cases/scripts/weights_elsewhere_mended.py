# mypy: ignore-errors
"""A layer that was made on another device; "meta" stands for a second one, which all have."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
device = torch.device("cpu")
model = nn.Sequential(nn.Linear(64, 32, device=device), nn.ReLU(), nn.Linear(32, 10, device=device))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(8):
    for batch in torch.randperm(1200).split(32):
        loss = nn.functional.cross_entropy(model(X[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(f"score {(model(X[1200:]).argmax(1) == y[1200:]).float().mean().item():.4f}")
