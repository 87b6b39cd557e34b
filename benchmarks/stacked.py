"""Stacks of networks written by hand in PyTorch, to see what `torch.func` costs.

Products are batched, convolutions have a group for each network, gradients are those of the sum
of all losses, as no network has a part in another's.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d, cross_entropy

from learnscope.models.conv_module import pooled
from learnscope.models.conv_network import ConvNetwork
from learnscope.models.modules import build_module
from learnscope.models.recurrent_network import RecurrentNetwork
from learnscope.training.member import Member
from learnscope.training.order import epoch_order


def can_be_batched(member: Member) -> bool:
    """Return whether there are such stacks of networks like the member's."""
    return isinstance(member.network, ConvNetwork | RecurrentNetwork)


class BatchedStack:
    """Members under training, with what training/loop.py does in every update.

    Rows are those of each member's own order; gradients and weights are looked at.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members, self.network = members, members[0].network
        each = [dict(build_module(m.network, m.initial).named_parameters()) for m in members]
        self.weights = {
            name: torch.stack([own[name].detach() for own in each]).requires_grad_()
            for name in each[0]
        }
        self.training = members[0].experiment.training
        own = {"params": list(self.weights.values()), "weight_decay": 0.0}
        self.optimizer = self.training.optimizer.build([own], self.training.lr)
        parts = [m.parts["train"] for m in members]
        self.x = torch.stack([torch.tensor(part.x) for part in parts])
        self.y = torch.stack([torch.tensor(part.y) for part in parts])
        self.places = torch.arange(len(members))[:, None]

    def train(self, epochs: int) -> None:
        """Train for some epochs."""
        n, size = self.x.shape[1], self.training.batch_size
        assert size is not None
        for epoch in range(1, epochs + 1):
            orders = [epoch_order(m.order_key, epoch, n) for m in self.members]
            order = torch.stack([torch.from_numpy(o) for o in orders])
            for start in range(0, n, size):
                self._update(order[:, start : start + size])

    def _update(self, rows: Tensor) -> None:
        x, y = self.x[self.places, rows], self.y[self.places, rows]
        self.optimizer.zero_grad()
        torch.autograd.backward(self._losses(x, y).sum())
        found = [w.grad for w in self.weights.values() if w.grad is not None]
        norms = torch.stack([g.flatten(1).double().square().sum(dim=1) for g in found])
        assert bool(norms.sum(dim=0).isfinite().all())
        self.optimizer.step()
        assert all(bool(w.sum().isfinite()) for w in self.weights.values())

    def _losses(self, x: Tensor, y: Tensor) -> Tensor:
        weights = list(self.weights.values())
        if isinstance(self.network, ConvNetwork):
            output = _classes(self.network, weights, x).flatten(0, 1)
            losses = cross_entropy(output, y.flatten(), reduction="none")
            return losses.reshape(y.shape).mean(dim=1)
        assert isinstance(self.network, RecurrentNetwork)
        output = _forecasts(self.network.cells.cell, weights, x)
        return (output - y).square().mean(dim=(1, 2))


def _classes(network: ConvNetwork, weights: Sequence[Tensor], x: Tensor) -> Tensor:
    r, b = x.shape[:2]
    # The channels of all networks side by side: each is a group, whose kernels see its own only.
    out = x.reshape(r, b, *network.shape).transpose(0, 1).flatten(1, 2)
    out = out.contiguous(memory_format=torch.channels_last)
    for i, step in enumerate(network.blocks):
        kernels, biases = weights[2 * i].flatten(0, 1), weights[2 * i + 1].flatten()
        out = conv2d(out, kernels, biases, step.stride, step.padding, groups=r)
        out = torch.relu(pooled(step, out))
    head, bias = weights[-2:]
    return torch.baddbmm(bias[:, None], out.reshape(b, r, -1).transpose(0, 1), head.mT)


def _forecasts(cell: str, weights: Sequence[Tensor], x: Tensor) -> Tensor:
    r, b, t = x.shape
    *own_weights, head, bias = weights
    w_in, w_own, b_in = own_weights[:3]
    driven = torch.baddbmm(b_in[:, None], x.reshape(r, b * t, 1), w_in.mT)
    b_own = own_weights[3][:, None] if cell != "hand" else x.new_zeros(r, 1, w_own.shape[1])
    back = w_own.mT
    h = memory = x.new_zeros(r, b, w_own.shape[2])
    for step in driven.reshape(r, b, t, -1).unbind(2):
        h, memory = _moved(cell, step, torch.baddbmm(b_own, h, back), h, memory)
    return torch.baddbmm(bias[:, None], h, head.mT)


def _moved(
    cell: str, step: Tensor, own: Tensor, h: Tensor, memory: Tensor
) -> tuple[Tensor, Tensor]:
    if cell in {"hand", "elman"}:
        return torch.tanh(step + own), memory
    if cell == "lstm":
        i, f, g, o = (step + own).chunk(4, dim=2)
        memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
        return o.sigmoid() * memory.tanh(), memory
    gates = 2 * h.shape[2]
    r, z = (step[..., :gates] + own[..., :gates]).sigmoid().chunk(2, dim=2)
    new = torch.tanh(step[..., gates:] + r * own[..., gates:])
    return new + z * (h - new), memory
