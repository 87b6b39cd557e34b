"""PyTorch's compiler on the whole update: loss, gradients and Adam in one compiled function."""

import shutil
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.rivals.base import Rival, Training
from benchmarks.rivals.torch_stack import Stacked
from benchmarks.rivals.torch_vmap import loss_of_one
from benchmarks.work import BETA1, BETA2, EPS, LEARNING_RATE, Work

State = list[Tensor]
Update = Callable[[State, State, State, Tensor, Tensor, Tensor], tuple[State, State, State]]


class TorchCompiled(Rival):
    """`torch.compile` of an update of the stack, weights and moments in, new ones out."""

    name = "torch.compile of vmap"
    stacks = (16,)
    batch_stacks = (256,)
    slow_to_compile = True

    def obstacle(self) -> str | None:
        if not any(shutil.which(name) for name in ("g++", "clang++", "gcc", "cc")):
            return "there is no C++ compiler, which it needs"
        return super().obstacle()

    def prepare(self, work: Work, stack: int) -> Training:
        return _Compiled(work, stack)


class _Compiled(Stacked):
    def __init__(self, work: Work, stack: int) -> None:
        super().__init__(work, stack)
        # Nothing of another work is to be taken for a new shape of this one.
        torch.compiler.reset()
        self.compiled: Update = torch.compile(_update_of(work), dynamic=False)

    def start(self, parameters: list[Tensor]) -> None:
        self.m = [torch.zeros_like(p) for p in parameters]
        self.v = [torch.zeros_like(p) for p in parameters]
        self.step = torch.zeros(())

    def update(self, parameters: list[Tensor], x: Tensor, y: Tensor) -> None:
        self.step += 1
        parameters[:], self.m, self.v = self.compiled(parameters, self.m, self.v, self.step, x, y)
        # Its code is compiled with fast mathematics, and when it is loaded, the first time, it sets
        # the processor to take numbers below 1e-38 for 0, for all that runs in this thread.
        torch.set_flush_denormal(False)


def _update_of(work: Work) -> Update:
    def loss(parameters: State, x: Tensor, y: Tensor) -> Tensor:
        return loss_of_one(work, parameters, x, y)

    gradient = torch.func.vmap(torch.func.grad(loss))

    def update(
        parameters: State, m: State, v: State, step: Tensor, x: Tensor, y: Tensor
    ) -> tuple[State, State, State]:
        gradients = gradient(parameters, x, y)
        rate = LEARNING_RATE / (1 - BETA1**step)
        scale = (1 - BETA2**step) ** -0.5
        m = [BETA1 * a + (1 - BETA1) * g for a, g in zip(m, gradients, strict=True)]
        v = [BETA2 * a + (1 - BETA2) * g * g for a, g in zip(v, gradients, strict=True)]
        new = [
            p - rate * a / (b.sqrt() * scale + EPS)
            for p, a, b in zip(parameters, m, v, strict=True)
        ]
        return new, m, v

    return update
