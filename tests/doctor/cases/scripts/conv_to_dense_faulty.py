# mypy: ignore-errors
"""A convolutional net whose dense layer expects another map."""

import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
X = torch.tensor(X / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
y = torch.tensor(y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv(x)))
        return self.fc(x.flatten(1))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(6):
    for i in range(0, 1200, 40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(X[i : i + 40]), y[i : i + 40])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(f"score {(net(X[1200:]).argmax(1) == y[1200:]).float().mean().item():.4f}")
