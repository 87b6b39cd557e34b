"""PyTorch with the networks stacked by hand: one batched product for each layer."""

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.rivals.base import Rival, Training
from benchmarks.rivals.torch_stack import Stacked
from benchmarks.work import BETA1, BETA2, EPS, LEARNING_RATE, Work


class TorchStacked(Rival):
    """`baddbmm` for each layer, autograd, and the fused Adam over the stacked weights."""

    name = "PyTorch stacked, baddbmm"
    stacks = (16, 256)
    batch_stacks = (256, 2048)

    def prepare(self, work: Work, stack: int) -> Training:
        return _Baddbmm(work, stack)


class _Baddbmm(Stacked):
    def start(self, parameters: list[Tensor]) -> None:
        for p in parameters:
            p.requires_grad_()
        self.optimizer = torch.optim.Adam(
            parameters, lr=LEARNING_RATE, betas=(BETA1, BETA2), eps=EPS, fused=True
        )

    def update(self, parameters: list[Tensor], x: Tensor, y: Tensor) -> None:
        a = x
        for i in range(0, len(parameters), 2):
            a = torch.baddbmm(parameters[i + 1], a, parameters[i])
            if i < len(parameters) - 2:
                a = a.relu() if self.work.activation == "relu" else a.tanh()
        self.optimizer.zero_grad()
        # The sum over the networks keeps them apart: each gets the gradient of its own mean.
        if self.work.images:
            total = functional.cross_entropy(a.flatten(0, 1), y.flatten()) * self.stack
        else:
            total = functional.mse_loss(a, y) * self.stack
        torch.autograd.backward(total)
        self.optimizer.step()
