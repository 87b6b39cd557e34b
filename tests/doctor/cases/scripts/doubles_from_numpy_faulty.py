# mypy: ignore-errors
"""Arrays of doubles into a network of floats."""

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
rng = np.random.default_rng(0)
X = rng.standard_normal((300, 5))
y = X @ rng.standard_normal((5, 1))
X, y = torch.from_numpy(X), torch.from_numpy(y)
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(30):
    for batch in torch.arange(300).split(30):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    r2 = 1 - (model(X) - y).square().mean() / y.var()
print(f"score {r2.item():.4f}")
