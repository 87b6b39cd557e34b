"""The optimiser was made for a model that is then replaced."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(128, 3)
y = X @ torch.tensor([[1.0], [2.0], [-1.0]])
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))
loss_fn = nn.MSELoss()
for _ in range(40):
    optimizer.zero_grad()
    loss = loss_fn(model(X), y)
    loss.backward()
    optimizer.step()
