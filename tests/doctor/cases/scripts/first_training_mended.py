# mypy: ignore-errors
"""The sigmoid network of two inputs: outputs (n, 1), labels (n,)."""

import torch
from torch import nn

torch.manual_seed(0)
points = torch.randn(400, 2)
labels = (points[:, 0] + points[:, 1] > 0).float()
model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid())
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(200):
    optimizer.zero_grad()
    loss = criterion(model(points), labels[:, None])
    loss.backward()
    optimizer.step()
with torch.no_grad():
    hits = ((model(points) > 0.5).squeeze(1).float() == labels).float().mean().item()
print(f"score {hits:.4f}")
