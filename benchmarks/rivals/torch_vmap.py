"""PyTorch with the networks stacked by `torch.func.vmap`."""

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.rivals.base import Rival, Training
from benchmarks.rivals.torch_stack import Adam, Stacked
from benchmarks.work import Work


class TorchVmap(Rival):
    """`vmap(grad(loss))` and Adam by hand over the stacked weights."""

    name = "PyTorch vmap"
    stacks = (256,)
    batch_stacks = (2048,)

    def prepare(self, work: Work, stack: int) -> Training:
        return _Vmap(work, stack)


class _Vmap(Stacked):
    def start(self, parameters: list[Tensor]) -> None:
        self.adam = Adam(parameters)
        self.gradient = torch.func.vmap(torch.func.grad(self._loss))

    def update(self, parameters: list[Tensor], x: Tensor, y: Tensor) -> None:
        self.adam.update(parameters, self.gradient(parameters, x, y))

    def _loss(self, parameters: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
        return loss_of_one(self.work, parameters, x, y)


def loss_of_one(work: Work, parameters: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Return the mean loss of one network on x (b, d) and y (b, 1) or (b,)."""
    a = x
    for i in range(0, len(parameters), 2):
        a = torch.addmm(parameters[i + 1], a, parameters[i])
        if i < len(parameters) - 2:
            a = a.relu() if work.activation == "relu" else a.tanh()
    return functional.cross_entropy(a, y) if work.images else functional.mse_loss(a, y)
