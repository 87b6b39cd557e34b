"""Sound: L-BFGS with a closure."""

import torch
from torch import nn

torch.manual_seed(0)
X = torch.linspace(-1, 1, 60).unsqueeze(1)
y = torch.sin(3 * X)
net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=10)


def closure():
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(X), y)
    loss.backward()
    return loss


for _ in range(12):
    opt.step(closure)
