"""What the stacked ways of PyTorch have in common: stacked weights, batches, Adam."""

from abc import abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.rivals.base import Training
from benchmarks.work import BETA1, BETA2, EPS, LEARNING_RATE, Layers, Work


class Stacked(Training):
    """Weights (s, n_in, n_out) and biases (s, 1, n_out) of all layers, in turn, in one list."""

    def __init__(self, work: Work, stack: int) -> None:
        self.work, self.stack = work, stack
        x, y = work.data()
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.first = [torch.from_numpy(a) for w, b in work.layers() for a in (w.T.copy(), b[None])]

    def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
        parameters = [p.expand(self.stack, *p.shape).clone() for p in self.first]
        self.start(parameters)
        for _ in range(epochs):
            for x, y in self.batches(shuffle):
                self.update(parameters, x, y)
        one = [p[0].detach().numpy() for p in parameters]
        return [(w.T.copy(), b[0]) for w, b in zip(one[::2], one[1::2], strict=True)]

    @abstractmethod
    def start(self, parameters: list[Tensor]) -> None:
        """Make what the optimiser keeps."""

    @abstractmethod
    def update(self, parameters: list[Tensor], x: Tensor, y: Tensor) -> None:
        """Make one update of all networks on x (s, b, d) and y (s, b, 1) or (s, b)."""

    def batches(self, shuffle: bool) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of an epoch, each network's rows in an order of its own."""
        n, s, b = len(self.x), self.stack, self.work.batch
        if self.work.full_batch or not shuffle:
            x, y = self.x.expand(s, *self.x.shape), self.y.expand(s, *self.y.shape)
        else:
            order = torch.rand(s, n).argsort(dim=1)
            x, y = self.x[order], self.y[order]
        for start in range(0, n, b):
            yield x[:, start : start + b], y[:, start : start + b]


class Adam:
    """Adam by hand, in place, on lists of tensors."""

    def __init__(self, parameters: list[Tensor]) -> None:
        self.m = [torch.zeros_like(p) for p in parameters]
        self.v = [torch.zeros_like(p) for p in parameters]
        self.step = 0

    def update(self, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Move the parameters."""
        self.step += 1
        rate = LEARNING_RATE / (1 - BETA1**self.step)
        scale = (1 - BETA2**self.step) ** -0.5
        for p, g, m, v in zip(parameters, gradients, self.m, self.v, strict=True):
            m.lerp_(g, 1 - BETA1)
            v.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
            p.addcdiv_(m, v.sqrt().mul_(scale).add_(EPS), value=-rate)
