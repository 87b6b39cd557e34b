"""PyTorch as tutorials write it: a module, an optimiser, a loop."""

import torch
from torch import Tensor, nn

from benchmarks.rivals.base import Rival, Training
from benchmarks.work import BETA1, BETA2, EPS, LEARNING_RATE, Layers, Work


class TorchLoop(Rival):
    """The loop over batches with zero_grad, backward and step, one network at a time."""

    name = "PyTorch loop"

    def prepare(self, work: Work, stack: int) -> Training:
        return _Loop(work)


class _Loop(Training):
    def __init__(self, work: Work) -> None:
        self.work, self.layers = work, work.layers()
        x, y = work.data()
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.loss_fn = nn.CrossEntropyLoss() if work.images else nn.MSELoss()

    def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
        model = make_module(self.work, self.layers)
        optimizer = torch.optim.Adam(
            model.parameters(), lr=LEARNING_RATE, betas=(BETA1, BETA2), eps=EPS
        )
        for _ in range(epochs):
            for x, y in self._batches(shuffle):
                optimizer.zero_grad()
                loss = self.loss_fn(model(x), y)
                torch.autograd.backward(loss)
                optimizer.step()
        parameters = [p.detach().numpy() for p in model.parameters()]
        return list(zip(parameters[::2], parameters[1::2], strict=True))

    def _batches(self, shuffle: bool) -> list[tuple[Tensor, Tensor]]:
        if self.work.full_batch:
            return [(self.x, self.y)]
        x, y = self.x, self.y
        if shuffle:
            order = torch.randperm(len(x))
            x, y = x[order], y[order]
        size = self.work.batch
        return list(zip(torch.split(x, size), torch.split(y, size), strict=True))


def make_module(work: Work, layers: Layers) -> nn.Sequential:
    """Return the network as a chain of modules with these weights."""
    parts: list[nn.Module] = []
    for i, (w, b) in enumerate(layers):
        linear = nn.Linear(w.shape[1], w.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b))
        parts.append(linear)
        if i < len(layers) - 1:
            parts.append(nn.ReLU() if work.activation == "relu" else nn.Tanh())
    return nn.Sequential(*parts)
