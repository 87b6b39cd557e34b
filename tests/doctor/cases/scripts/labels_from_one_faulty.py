# mypy: ignore-errors
"""Classes counted from one."""

import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y) + 1
model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(40):
    for batch in torch.randperm(150).split(16):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(f"score {(model(X).argmax(1) == y).float().mean().item():.4f}")
