"""Stacks of networks trained by PyTorch's functions, autograd and optimisers, in float64.

One network with an autograd loop of its own costs a third of a millisecond an update; here the
networks of a test move together, which is what makes the full product of settings affordable.
Nothing of the package takes part: members give data, first weights and the order of the rows.

Axes: o optimisers, a activations, c copies, b rows of a batch, h units. Copy 0 is exact. In the
others every operation errs by what float32 would make it err, so that their distance from copy 0
says how far float32 can bring a training off, see `Rounding`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as nn

from learnscope.models.network import dense_network
from learnscope.training.member import Member
from learnscope.training.order import epoch_order
from learnscope.training.quiet import own_settings

Array = np.ndarray[Any, Any]
Grid = Sequence[Sequence[Member]]
"""Members by optimiser and activation."""
Maker = Callable[[list[Tensor]], torch.optim.Optimizer]

UNIT_ROUNDOFF = 2.0**-24
"""Largest relative error of one rounding to float32."""
FUNCTION_ERROR = 8
"""Largest error of the compiled exp, log, tanh, erf and sin in these units: 4 times 2^-23, which
`test_elementary` measures. No single product, quotient or root errs by more than 1."""

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda z: z,
    "relu": nn.relu,
    "leaky_relu": nn.leaky_relu,
    "elu": nn.elu,
    "gelu": nn.gelu,
    "silu": nn.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": nn.softplus,
    "sin": torch.sin,
    "softmax": lambda z: torch.softmax(z, -1),
    "log_softmax": lambda z: torch.log_softmax(z, -1),
}
KINKED = {"relu", "leaky_relu"}
"""Activations whose slope jumps at 0. That of ELU goes on without a jump."""


def classes(loss: Any) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return a loss of scores (..., b, k) and class numbers (..., b) for every row."""

    def numbers(f: Tensor, y: Tensor, w: Tensor) -> Tensor:
        flat = loss(f.flatten(0, -2), y.expand(f.shape[:-1]).flatten(), reduction="none")
        return torch.as_tensor(flat).view(f.shape[:-1])

    return numbers


HUBER_DELTA, PERCENTAGE_EPSILON = 0.2, 1.0
# Numbers whose mean is the loss, from outputs, targets and weights of the rows (..., b, 1).
LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "mse": lambda f, y, w: nn.mse_loss(f, y.expand_as(f), reduction="none"),
    "weighted": lambda f, y, w: w * (f - y) ** 2,
    "l1": lambda f, y, w: nn.l1_loss(f, y.expand_as(f), reduction="none"),
    "huber": lambda f, y, w: nn.huber_loss(f, y.expand_as(f), reduction="none", delta=HUBER_DELTA),
    "percentage": lambda f, y, w: ((f - y) / (y.abs() + PERCENTAGE_EPSILON)) ** 2,
    "bce": lambda f, y, w: nn.binary_cross_entropy(f, y.expand_as(f), reduction="none"),
    "bce_logits": lambda f, y, w: nn.binary_cross_entropy_with_logits(
        f, y.expand_as(f), reduction="none"
    ),
    "cross_entropy": classes(nn.cross_entropy),
    "nll": classes(nn.nll_loss),
}


class Rounding:
    """Relative errors of every operation in the copies of a stack.

    An error is a normal number times the largest one that the operation can make, the sum of one
    that all rows share and one of the row's own. In the odd copies it is the same in all updates:
    the errors of a polynomial repeat wherever the numbers do. In the even ones its sign is drawn
    anew in every update: errors that come and go feed what swings, as when a step is too long.
    """

    def __init__(self, shape: tuple[int, int, int], seed: int) -> None:
        self._shape = shape
        self._generator = torch.Generator().manual_seed(seed)
        self._errors: dict[str, Tensor] = {}

    def factor(self, place: str, size: float, shape: Sequence[int]) -> Tensor:
        """Return 1 + error (o, a, c, *shape) for an operation; exactly 1 for copy 0."""
        if place not in self._errors:
            self._errors[place] = self._draw(size, tuple(shape))
        # The last batch of an epoch may have fewer rows.
        error = self._errors[place]
        error = error if error.shape[3:] == tuple(shape) else error[..., : shape[0], :]
        return 1 + error * self._signs(shape[-1], len(shape))

    def through(self, place: str, x: Tensor, size: float = FUNCTION_ERROR) -> Tensor:
        """Return x (o, a, c, b, h) with errors, and put others on the slope that comes back."""
        shape = x.shape[3:]
        out = x * self.factor(place, size, shape)
        if out.requires_grad:
            back = self.factor(f"{place} back", size, shape)
            out.register_hook(lambda slope: slope * back)  # type: ignore[no-untyped-call]
        return out

    def _signs(self, n: int, dim: int) -> Tensor:
        c = self._shape[2]
        signs = torch.ones(c, n, dtype=torch.float64)
        drawn = torch.randint(0, 2, (c // 2, n), generator=self._generator)
        signs[2::2] = 2.0 * drawn[: len(signs[2::2])] - 1
        return signs.reshape(c, *[1] * (dim - 1), n)

    def _draw(self, size: float, shape: tuple[int, ...]) -> Tensor:
        shared = (1, *shape[1:]) if len(shape) > 1 else shape
        own, common = (
            torch.randn(*self._shape, *s, generator=self._generator, dtype=torch.float64)
            for s in (shape, shared)
        )
        error = (own + common) * (size * UNIT_ROUNDOFF)
        error[:, :, 0] = 0
        return error


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What a stack has come to.

    Attributes:
        weights: name -> (o, a, c, ...) in the layout of a member's parameters.
        closest: (o, a) the least distance of copy 0 from a point where a slope jumps.
        reach: (o, a) the largest share of that distance, at any such number of any update, by
            which a rounded copy was off: at 1, one of them may be on the other side.
    """

    weights: dict[str, Array]
    closest: Array
    reach: Array


class _Stack:
    def __init__(self, grid: Grid, loss: str, makers: Sequence[Maker], copies: int) -> None:
        self.first, self.grid, self.loss = grid[0][0], grid, loss
        self.shape = (len(grid), len(grid[0]), 1 + copies)
        self.functions = [dense_network(m.network).layers[0].activation for m in grid[0]]
        self.rounding = Rounding(self.shape, 0)
        self.closest = torch.full(self.shape[:2], torch.inf, dtype=torch.float64)
        self.reach = torch.zeros(self.shape[:2], dtype=torch.float64)
        self.names = list(self.first.initial)
        self.leaves = [[self._leaf(o, name) for name in self.names] for o in range(len(grid))]
        self.optimizers = [make(own) for make, own in zip(makers, self.leaves, strict=True)]
        self.x = self._data(lambda m: m.parts["train"].x.astype(np.float64))
        y = self._data(lambda m: m.parts["train"].y)
        self.y = y if y.dtype == torch.int64 else y.double()
        self.w = self._data(_row_weights)

    def _leaf(self, o: int, name: str) -> Tensor:
        # As a training in float32 begins: with rounded weights.
        first = [m.initial[name].astype(np.float32).astype(np.float64) for m in self.grid[o]]
        copies = np.repeat(np.stack(first)[:, None], self.shape[2], axis=1)
        return torch.tensor(copies, requires_grad=True)

    def _data(self, read: Callable[[Member], Array]) -> Tensor:
        """Return (o, a, 1, n, ...): the copies of a network see the same."""
        arrays = np.stack([np.stack([read(m) for m in row]) for row in self.grid])
        return torch.tensor(arrays)[:, :, None]

    def train(self) -> Trained:
        training, n = self.first.experiment.training, self.x.shape[3]
        size = training.batch_size or n
        for epoch in range(1, training.epochs + 1):
            place = self._order(epoch, n, bool(training.batch_size and training.shuffle))
            x, y, w = (_permuted(data, place) for data in (self.x, self.y, self.w))
            for start in range(0, n, size):
                rows = slice(start, start + size)
                self._update(x[:, :, :, rows], y[:, :, :, rows], w[:, :, :, rows])
        return Trained(
            weights={
                name: np.stack([own[i].detach().numpy() for own in self.leaves])
                for i, name in enumerate(self.names)
            },
            closest=self.closest.numpy(),
            reach=self.reach.numpy(),
        )

    def _order(self, epoch: int, n: int, shuffled: bool) -> Tensor | None:
        if not shuffled:
            return None
        return torch.tensor(
            np.array([[epoch_order(m.order_key, epoch, n) for m in row] for row in self.grid])
        )[:, :, None]

    def _update(self, x: Tensor, y: Tensor, w: Tensor) -> None:
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        f = self._forward(x)
        if self.loss == "l1":
            self._look(f.detach() - y, range(self.shape[1]))
        numbers = LOSSES[self.loss](f, y, w)
        # The mean of each network; their sum has each network's own gradient.
        total = numbers.sum() / (numbers.numel() / np.prod(self.shape))
        torch.autograd.backward(total)
        for o, (own, optimizer) in enumerate(zip(self.leaves, self.optimizers, strict=True)):
            before = [leaf.detach().clone() for leaf in own]
            self._err_in_gradients(o, own)
            optimizer.step()
            self._err_in_weights(o, own, before)
            self._err_in_memory(o, own, optimizer)

    def _forward(self, x: Tensor) -> Tensor:
        out, layers = x.expand(*self.shape, *x.shape[3:]), dense_network(self.first.network).layers
        for i, layer in enumerate(layers):
            weight, bias = (torch.stack([own[2 * i + j] for own in self.leaves]) for j in range(2))
            if i == 0:
                out = self.rounding.through("in", out, 1)
            z = out @ weight.mT + bias[:, :, :, None]
            z = z * self.rounding.factor(f"product {i}", layer.n_in + 1, z.shape[3:])
            if i < len(layers) - 1:
                kinked = [k for k, name in enumerate(self.functions) if name in KINKED]
                self._look(z.detach(), kinked)
                functions = [ACTIVATIONS[name] for name in self.functions]
                out = torch.stack([f(z[:, k]) for k, f in enumerate(functions)], 1)
            else:
                out = ACTIVATIONS[layer.activation](z)
            out = self.rounding.through(f"out {i}", out)
        # A probability is never above 1, whatever its error.
        return out.clamp(max=1) if self.loss == "bce" else out

    def _look(self, z: Tensor, kinked: Sequence[int]) -> None:
        """Note how near to 0 these numbers come, and the copies' errors beside that."""
        if not kinked:
            return
        exact, copies = z[:, kinked, 0], z[:, kinked, 1:]
        near = exact.abs()
        share = (copies - exact[:, :, None]).abs().amax(2) / near if copies.numel() else 0 * near
        here = self.closest[:, kinked]
        self.closest[:, kinked] = torch.minimum(here, near.amin((-1, -2)))
        self.reach[:, kinked] = torch.maximum(self.reach[:, kinked], share.amax((-1, -2)))

    def _err_in_gradients(self, o: int, own: list[Tensor]) -> None:
        for name, leaf in zip(self.names, own, strict=True):
            assert leaf.grad is not None
            leaf.grad *= self.rounding.factor(f"gradient {name}", FUNCTION_ERROR, leaf.shape[2:])[o]

    def _err_in_weights(self, o: int, own: list[Tensor], before: list[Tensor]) -> None:
        with torch.no_grad():
            for name, leaf, old in zip(self.names, own, before, strict=True):
                shape = leaf.shape[2:]
                step = self.rounding.factor(f"step {name}", FUNCTION_ERROR, shape)[o]
                kept = self.rounding.factor(f"weight {name}", 1, shape)[o]
                # Copy 0 keeps what the optimiser wrote, to the last bit.
                errs = (old + (leaf - old) * step) * kept
                leaf[:, 1:] = errs[:, 1:]

    def _err_in_memory(self, o: int, own: list[Tensor], optimizer: torch.optim.Optimizer) -> None:
        """Round what the optimiser remembers: a sum of two products."""
        for name, leaf in zip(self.names, own, strict=True):
            for slot, kept in optimizer.state[leaf].items():
                if isinstance(kept, Tensor) and kept.shape == leaf.shape:
                    factor = self.rounding.factor(f"{slot} of {name}", 2, leaf.shape[2:])
                    kept *= factor[o]


def _row_weights(member: Member) -> Array:
    examples = member.parts["train"]
    weight = np.ones(len(examples.x)) if examples.weight is None else examples.weight
    return weight.astype(np.float64)[:, None]


def _permuted(data: Tensor, place: Tensor | None) -> Tensor:
    if place is None:
        return data
    index = place if data.dim() == 4 else place[..., None].expand_as(data)
    return torch.take_along_dim(data, index, 3)


def train_stack(grid: Grid, loss: str, makers: Sequence[Maker], copies: int = 0) -> Trained:
    """Train members that agree in everything but seed, hidden activation and optimiser.

    Args:
        grid: members by optimiser and activation.
        loss: a name of `LOSSES`.
        makers: each optimiser's, for the weights it is to move.
        copies: how many copies err as float32 does.
    """
    # Several threads lose more time in meeting each other than they save on numbers so few.
    with own_settings():
        return _Stack(grid, loss, makers, copies).train()
