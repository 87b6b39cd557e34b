# mypy: ignore-errors
"""BatchNorm, and a validation after each epoch."""

import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
order = torch.randperm(len(X))
X, y = X[order], y[order]


def validate(model):
    model.eval()
    with torch.no_grad():
        hits = (model(X[130:]).argmax(1) == y[130:]).float().mean().item()
    return hits


model = nn.Sequential(nn.BatchNorm1d(13), nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
criterion = nn.CrossEntropyLoss()
validate(model)
for epoch in range(30):
    for batch in torch.randperm(130).split(26):
        optimizer.zero_grad()
        loss = criterion(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
    score = validate(model)
print(f"score {score:.4f}")
