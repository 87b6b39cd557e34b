# mypy: ignore-errors
"""Breast cancer with a helper that computes the accuracy."""

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(0)
data, labels = load_breast_cancer(return_X_y=True)
a, b, ya, yb = train_test_split(data, labels, test_size=0.3, random_state=0)
scaler = StandardScaler().fit(a)
Xa, Xb = (torch.tensor(scaler.transform(t), dtype=torch.float32) for t in (a, b))
ya, yb = torch.tensor(ya), torch.tensor(yb)


def accuracy(model, x, target):
    predicted = torch.sigmoid(model(x)) > 0.5
    return (predicted == target).float().mean().item()


model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for i in range(0, len(Xa), 32):
        optimizer.zero_grad()
        loss = criterion(model(Xa[i : i + 32]).squeeze(1), ya[i : i + 32].float())
        loss.backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    print(f"score {accuracy(model, Xb, yb):.4f}")
