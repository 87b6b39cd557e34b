"""A network of images as a plain PyTorch script with a `DataLoader`: no learnscope.

Usage: python plain_pictures.py WHAT IMAGES EPOCHS, with WHAT one of dense (S4.28), conv (S4.35) and
autoencoder (S4.39), and IMAGES the folder of the four files of MNIST. It trains on 6,000 of the
images in batches of 16, and tells the loss of both parts after every epoch, as the command does.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)


def images(folder: Path, name: str) -> np.ndarray:
    """Return what an IDX file holds, as bytes."""
    data = gzip.decompress((folder / f"{name}.gz").read_bytes())
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i]) for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def part(folder: Path, name: str, n: int, shape: tuple[int, ...]) -> TensorDataset:
    """Return `n` images in [0, 1] with their labels, none of them twice."""
    grey, labels = (
        images(folder, f"{name}-images-idx3-ubyte"),
        images(folder, f"{name}-labels-idx1-ubyte"),
    )
    rows = torch.randperm(len(grey))[:n].numpy()
    x = torch.tensor(grey[rows], dtype=torch.float32).reshape(n, *shape) / 255
    return TensorDataset(x, torch.tensor(labels[rows], dtype=torch.int64))


def network(what: str) -> nn.Sequential:
    """Return the network."""
    if what == "dense":
        return nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
    if what == "autoencoder":
        return nn.Sequential(nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 784), nn.Sigmoid())
    blocks = []
    for into, out in ((1, 16), (16, 64), (64, 128)):
        blocks += [nn.Conv2d(into, out, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(128, 10))


def mean_loss(model: nn.Module, loss_fn: nn.Module, data: TensorDataset, own: bool) -> float:
    """Return the mean loss over the rows."""
    total = 0.0
    with torch.no_grad():
        for x, y in DataLoader(data, batch_size=256):
            total += float(loss_fn(model(x), x if own else y)) * len(x)
    return total / len(data)


def main(what: str, folder: Path, epochs: int) -> None:
    """Train and print the losses."""
    torch.manual_seed(0)
    shape = (1, 28, 28) if what == "conv" else (784,)
    train, test = part(folder, "train", 6000, shape), part(folder, "t10k", 1000, shape)
    batches = DataLoader(train, batch_size=16, shuffle=True)
    model, own = network(what), what == "autoencoder"
    loss_fn = nn.MSELoss() if own else nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(epochs):
        for x, y in batches:
            optimizer.zero_grad()
            loss = loss_fn(model(x), x if own else y)
            loss.backward()
            optimizer.step()
        losses = [mean_loss(model, loss_fn, data, own) for data in (train, test)]
        print(epoch + 1, *(f"{value:.4f}" for value in losses), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
