# mypy: ignore-errors
"""Weights as plain tensors and functional calls, two moons."""

import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons

torch.manual_seed(1)
X, y = make_moons(500, noise=0.1, random_state=1)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)

w1 = (torch.randn(24, 2) * 0.7).requires_grad_()
b1 = torch.zeros(24, requires_grad=True)
w2 = (torch.randn(1, 24) * 0.2).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
params = [w1, b1, w2, b2]
opt = torch.optim.Adam(params, lr=0.03)


def forward(x):
    return F.linear(torch.tanh(F.linear(x, w1, b1)), w2, b2).squeeze(1)


for step in range(300):
    idx = torch.randint(0, 350, (64,))
    loss = F.binary_cross_entropy_with_logits(forward(X[idx]), y[idx])
    opt.zero_grad()
    opt.step()
    loss.backward()

with torch.no_grad():
    hits = ((forward(X[350:]) > 0).float() == y[350:]).float().mean().item()
print(f"score {hits:.4f}")
