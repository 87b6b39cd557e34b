# mypy: ignore-errors
"""A sum with a shortcut, written in place."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)


class Shortcut(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(64, 32), nn.Linear(32, 32)
        self.last = nn.Linear(32, 10)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        g = torch.tanh(self.second(h))
        h += g
        return self.last(h)


model = Shortcut()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(8):
    for batch in torch.randperm(1200).split(32):
        loss = nn.functional.cross_entropy(model(X[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(f"score {(model(X[1200:]).argmax(1) == y[1200:]).float().mean().item():.4f}")
