"""A Lightning-like class whose loop forgets the step."""

import torch
from torch import nn


class LitNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x):
        return self.layers(x)

    def training_step(self, batch):
        x, y = batch
        return nn.functional.mse_loss(self(x), y)

    def optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-2)


class Loop:
    def fit(self, module, batches, epochs):
        optimizer = module.optimizers()
        for _ in range(epochs):
            for batch in batches:
                optimizer.zero_grad()
                module.training_step(batch).backward()


torch.manual_seed(0)
X = torch.randn(96, 3)
batches = [(x, x.sum(1, keepdim=True)) for x in X.split(32)]
Loop().fit(LitNet(), batches, 5)
