# mypy: ignore-errors
"""Every gradient is cut to a norm that was meant for single numbers."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
for _ in range(10):
    for batch in torch.randperm(1200).split(32):
        loss = nn.functional.cross_entropy(model(X[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=1e-4)
        optimizer.step()
with torch.no_grad():
    print(f"score {(model(X[1200:]).argmax(1) == y[1200:]).float().mean().item():.4f}")
