# mypy: ignore-errors
"""A generator and a critic, each with an optimiser, on one Gaussian."""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
critic = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
g_opt = torch.optim.Adam(critic.parameters(), lr=0.005, betas=(0.5, 0.9))
c_opt = torch.optim.Adam(critic.parameters(), lr=0.005, betas=(0.5, 0.9))
bce = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

for step in range(500):
    real = 3.0 + torch.randn(64, 1)
    fake = generator(torch.randn(64, 2))
    c_opt.zero_grad()
    c_loss = bce(critic(real), ones) + bce(critic(fake.detach()), zeros)
    c_loss.backward()
    c_opt.step()
    g_opt.zero_grad()
    g_loss = bce(critic(fake), ones)
    g_loss.backward()
    g_opt.step()

with torch.no_grad():
    mean = generator(torch.randn(2000, 2)).mean().item()
print(f"score {1 - abs(mean - 3.0) / 3.0:.4f}")
