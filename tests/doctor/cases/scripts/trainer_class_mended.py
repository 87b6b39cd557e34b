# mypy: ignore-errors
"""A module that knows its steps and a trainer that calls them."""

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class DigitModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch):
        x, y = batch
        return nn.functional.cross_entropy(self(x), y)

    def validation_step(self, batch):
        x, y = batch
        return (self(x).argmax(1) == y).float().sum().item()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.2)


class Trainer:
    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def fit(self, module, loader):
        optimizer = module.configure_optimizers()
        for _ in range(self.max_epochs):
            module.train()
            for batch in loader:
                optimizer.zero_grad()
                loss = module.training_step(batch)
                loss.backward()
                optimizer.step()

    def validate(self, module, loader):
        module.eval()
        with torch.no_grad():
            return sum(module.validation_step(b) for b in loader) / len(loader.dataset)


def main():
    torch.manual_seed(0)
    x, y = load_digits(return_X_y=True)
    rows = TensorDataset(torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y))
    train, test = torch.utils.data.random_split(rows, [1200, len(rows) - 1200])
    module, trainer = DigitModule(), Trainer(max_epochs=8)
    trainer.fit(module, DataLoader(train, batch_size=32, shuffle=True))
    print(f"score {trainer.validate(module, DataLoader(test, batch_size=256)):.4f}")


if __name__ == "__main__":
    main()
