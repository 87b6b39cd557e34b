"""DataLoader and functional loss; zero_grad() is missing."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(256, 4)
y = (
    X @ torch.tensor([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0], [1.0, 1.0, -1.0], [0.5, 0.0, 0.0]])
).argmax(1)
train_loader = DataLoader(TensorDataset(X, y), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(10):
    for xb, yb in train_loader:
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        optimizer.step()
