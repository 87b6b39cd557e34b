"""A member of a run as the doctor takes it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from learnscope.arrays import Array, Ints
from learnscope.doctor.setup import Setup
from learnscope.errors import InputError
from learnscope.trained import Trained
from learnscope.training.evaluate import as_data
from learnscope.training.losses import Loss
from learnscope.training.member import Examples, Member
from learnscope.training.module import Chance, NetworkModule, build_module
from learnscope.training.update import Updater


def setup_of(trained: Trained) -> Setup:
    """Return a trained member as a setup: its first weights, its data, its settings.

    The rows judged on are the test rows, or the validation rows where there are none. The rate is
    the one that the schedule starts from; L1, the clipping of single components and a decay that
    PyTorch's optimiser does not do itself are left out.

    Raises:
        InputError: rows of one class have different weights, which a loss of outputs and targets
            cannot tell.
    """
    member = trained.member
    training = member.experiment.training
    dtype = getattr(torch, training.precision)
    first = {name: w.astype(training.precision) for name, w in member.initial.items()}
    inner = build_module(member.network, first, dtype)
    optimizer = Updater(member, inner).optimizer
    data = as_data(member.parts["train"])
    judged = next((member.parts[p] for p in ("test", "validation") if p in member.parts), None)
    test = None if judged is None or not len(judged.x) else as_data(judged)
    return Setup(
        model=Learner(inner, member) if training.dropout else inner,
        X=data.x,
        y=data.y,
        X_test=None if test is None else test.x,
        y_test=None if test is None else test.y,
        loss=_loss(training.loss, member.parts["train"]),
        optimizer=optimizer,
        epochs=max(1, trained.result.epochs),
        batch_size=training.batch_size or len(data),
        shuffle=training.shuffle,
        seed=member.seed % 2**31,
        clip=training.clip_norm,
    )


class Learner(nn.Module):
    """A network with dropout in training, drawn from PyTorch's generator.

    Args:
        inner: the network.
        member: whose dropout it is.
    """

    def __init__(self, inner: NetworkModule, member: Member) -> None:
        super().__init__()
        self.inner = inner
        self.units = tuple(member.network.units)
        self.p = member.experiment.training.dropout
        self.key = member.model_key

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (n, k) for rows (n, d)."""
        if not self.training:
            return self.inner.output(x)
        kept = 1 - self.p
        factors = [torch.bernoulli(torch.full((len(x), h), kept)).to(x.dtype) / kept
                   for h in self.units]  # fmt: skip
        return self.inner.learn(x, x, Chance(key=self.key, step=0, factors=factors))[0]


def _loss(loss: Loss, examples: Examples) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss as a function of outputs and targets, weights of classes included."""
    table = None if examples.weight is None else _table(examples.y, examples.weight)

    def of(output: Tensor, target: Tensor) -> Tensor:
        weight = None if table is None else table[target.reshape(-1).long()].to(output.dtype)
        total, count = loss.tensor(output, target, weight)
        return total / count

    return of


def _table(y: Array, weight: Array) -> Tensor:
    """Return the weight of each class."""
    ids: Ints = y.reshape(len(y), -1)[:, 0].astype("int64")
    table = torch.ones(int(ids.max()) + 1, dtype=torch.float64)
    for c in set(ids.tolist()):
        own = weight[ids == c]
        if own.min() != own.max():
            raise InputError(
                "training.loss weights rows of one class differently; the doctor takes losses of "
                "outputs and targets alone."
            )
        table[c] = float(own[0])
    return table
