"""Sound: a recurrent network that carries its state on, detached."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(1, 12, batch_first=True)
        self.out = nn.Linear(12, 1)

    def forward(self, x, h=None):
        z, h = self.rnn(x, h)
        return self.out(z), h


torch.manual_seed(0)
t = torch.linspace(0, 30, 401)
s = torch.sin(t).view(1, -1, 1)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(25):
    h = None
    for i in range(0, 400, 100):
        out, h = net(s[:, i : i + 100], h)
        loss = nn.functional.mse_loss(out, s[:, i + 1 : i + 101])
        opt.zero_grad()
        loss.backward()
        opt.step()
        h = h.detach()
