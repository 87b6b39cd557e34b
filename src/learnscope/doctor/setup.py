"""What is diagnosed: model, data, loss, optimiser and loop as one value, on copies of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from learnscope.doctor.rebinding import with_copies
from learnscope.errors import InputError

Loss = Callable[..., Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Setup:
    """A program as objects. Nothing in it belongs to anyone else.

    Attributes:
        model: maps inputs (b, ...) to outputs.
        X: training inputs (n, ...).
        y: targets (n, ...).
        X_test: test inputs, None where there are none.
        y_test: their targets.
        loss: (output, target) -> scalar tensor.
        optimizer: over the model's parameters.
        epochs: passes over the rows.
        batch_size: rows of an update.
        shuffle: whether each pass has an order of its own.
        seed: of the order and of everything random in the model.
        clip: greatest norm of the gradient; None for no limit.
    """

    model: nn.Module
    X: Tensor
    y: Tensor
    X_test: Tensor | None = None
    y_test: Tensor | None = None
    loss: Loss
    optimizer: Optimizer
    epochs: int = 10
    batch_size: int = 32
    shuffle: bool = True
    seed: int = 0
    clip: float | None = None

    @property
    def has_test(self) -> bool:
        """Whether there are test rows."""
        return self.X_test is not None and self.y_test is not None

    @property
    def n_updates(self) -> int:
        """Updates of the whole training."""
        return self.epochs * -(-len(self.X) // max(1, self.batch_size))

    def copy(self) -> Setup:
        """Return it with a model, an optimiser and a loss of its own; tensors are shared."""
        model, optimizer, loss = copied(self.model, self.optimizer, self.loss)
        return replace(self, model=model, optimizer=optimizer, loss=loss)

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `diagnose` that describe it."""
        names = ("model", "X", "y", "X_test", "y_test", "loss", "optimizer", "epochs")
        kept = {name: getattr(self, name) for name in (*names, "batch_size", "shuffle", "seed")}
        return kept

    def train(self, seed: int | None = None) -> dict[str, float]:
        """Train a copy to the end and return its scores, e.g. {"train": 0.99, "test": 0.97}."""
        from learnscope.doctor.training import train_copy

        record = train_copy(self if seed is None else replace(self, seed=seed))
        return dict(record.scores)


def copied(model: nn.Module, optimizer: Optimizer, loss: Loss) -> tuple[nn.Module, Optimizer, Loss]:
    """Return copies that belong together: the optimiser's parameters are the copied model's.

    Raises:
        InputError: the model cannot be copied.
    """
    memo: dict[int, Any] = {}
    try:
        own = copy.deepcopy(model, memo)
        own_loss = with_copies(loss, memo)
    except Exception as error:
        raise InputError(
            f"model cannot be copied ({type(error).__name__}: {_line(error)}). Give the model as "
            "it was made, before it keeps tensors of a forward pass."
        ) from None
    try:
        own_optimizer = _rebuilt(optimizer, memo)
    except Exception as error:
        raise InputError(
            f"optimizer {type(optimizer).__name__} cannot be made anew "
            f"({type(error).__name__}: {_line(error)})."
        ) from None
    return own, own_optimizer, own_loss


def _rebuilt(optimizer: Optimizer, memo: dict[int, Any]) -> Optimizer:
    """Return the optimiser over the copies of its parameters, with its settings and no state.

    Parameters of other models are copied too.
    """
    groups: list[dict[str, Any]] = []
    for group in optimizer.param_groups:
        own = [copy.deepcopy(p, memo) for p in group["params"]]
        rest = {k: copy.deepcopy(v) for k, v in group.items() if k in optimizer.defaults}
        groups.append({"params": own, **rest})
    return remade(optimizer, groups)


def remade(optimizer: Optimizer, groups: list[dict[str, Any]]) -> Optimizer:
    """Return an optimiser of the same kind and defaults over other groups of parameters."""
    kind: Any = type(optimizer)
    try:
        made = kind(groups, **optimizer.defaults)
    except (TypeError, ValueError):
        made = kind(groups)
        made.defaults.update(optimizer.defaults)
    assert isinstance(made, Optimizer)
    return made


def make_setup(
    *,
    model: nn.Module,
    X: Any = None,
    y: Any = None,
    X_test: Any = None,
    y_test: Any = None,
    data: Any = None,
    test_data: Any = None,
    loss: Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = None,
    shuffle: bool | None = None,
    seed: int = 0,
) -> Setup:
    """Return what is given as a setup of copies.

    Raises:
        InputError: something is missing, of the wrong kind, or cannot be copied.
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"model must be a torch.nn.Module, got {type(model).__name__}.")
    if not callable(loss):
        raise InputError(f"loss must be callable as loss(output, target), got {loss!r}.")
    if data is not None and (X is not None or y is not None):
        raise InputError("data and X, y were both given: give one of them.")
    if data is not None:
        X, y, found_size, found_shuffle = _gathered(data, "data")
        batch_size = found_size if batch_size is None else batch_size
        shuffle = found_shuffle if shuffle is None else shuffle
    if X is None or y is None:
        raise InputError("X and y must be given, or data = a loader, a data set or a pair.")
    if test_data is not None:
        X_test, y_test, *_ = _gathered(test_data, "test_data")
    if (X_test is None) != (y_test is None):
        raise InputError("X_test and y_test must be given together.")
    inputs, targets = _tensor("X", X), _tensor("y", y)
    if len(inputs) != len(targets):
        raise InputError(
            f"X and y must have as many rows each, got {len(inputs)} and {len(targets)}."
        )
    if len(inputs) < 2:
        raise InputError(f"X must have at least 2 rows, got {len(inputs)}.")
    test = None if X_test is None else (_tensor("X_test", X_test), _tensor("y_test", y_test))
    if test is not None and len(test[0]) != len(test[1]):
        raise InputError(
            f"X_test and y_test must have as many rows each, got {len(test[0])} and {len(test[1])}."
        )
    size = 32 if batch_size is None else batch_size
    for name, value in (("epochs", epochs), ("batch_size", size)):
        if not _is_count(value):
            raise InputError(f"{name} must be a whole number >= 1, got {value!r}.")
    if optimizer is None:
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    if not isinstance(optimizer, Optimizer):
        raise InputError(
            f"optimizer must be a torch.optim.Optimizer, got {type(optimizer).__name__}."
        )
    own, own_optimizer, own_loss = copied(model, optimizer, loss)
    own.zero_grad(set_to_none=True)
    return Setup(
        model=own,
        X=inputs,
        y=targets,
        X_test=None if test is None else test[0],
        y_test=None if test is None else test[1],
        loss=own_loss,
        optimizer=own_optimizer,
        epochs=epochs,
        batch_size=min(size, len(inputs)),
        shuffle=True if shuffle is None else bool(shuffle),
        seed=seed,
    )


def _tensor(name: str, value: Any) -> Tensor:
    """Return rows as a tensor; numbers that are no tensor get PyTorch's default type."""
    if isinstance(value, Tensor):
        return value.detach()
    try:
        array = np.asarray(value)
        found = torch.as_tensor(np.ascontiguousarray(array))
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be a tensor or an array of numbers: {error}.") from None
    if found.dim() == 0:
        raise InputError(f"{name} must have rows, got the single value {value!r}.")
    return found.to(torch.get_default_dtype()) if found.is_floating_point() else found


def _gathered(data: Any, name: str) -> tuple[Tensor, Tensor, int | None, bool | None]:
    """Return inputs, targets, batch size and whether it shuffles, of a loader, data set or pair."""
    from torch.utils.data import DataLoader, Dataset, RandomSampler

    if isinstance(data, tuple) and len(data) == 2:
        return _tensor(f"{name}[0]", data[0]), _tensor(f"{name}[1]", data[1]), None, None
    if isinstance(data, DataLoader):
        shuffles = isinstance(data.sampler, RandomSampler)
        # In the order of the data set: what the loader's order does is a question of its own.
        x, y, *_ = _gathered(data.dataset, name)
        return x, y, data.batch_size, shuffles
    if isinstance(data, Dataset) or hasattr(data, "__getitem__"):
        rows: Iterable[Any] = (data[i] for i in range(len(data)))
    elif isinstance(data, Iterable):
        batches = list(data)
        if not batches:
            raise InputError(f"{name} gives no batch.")
        x, y = (torch.cat([torch.as_tensor(b[i]) for b in batches]) for i in (0, 1))
        return x, y, len(batches[0][0]), None
    else:
        raise InputError(
            f"{name} must be a loader, a data set, or a pair of inputs and targets, got "
            f"{type(data).__name__}."
        )
    pairs = list(rows)
    if not pairs or len(pairs[0]) != 2:
        raise InputError(f"{name} must give pairs of input and target.")
    x, y = (torch.stack([torch.as_tensor(pair[i]) for pair in pairs]) for i in (0, 1))
    return x, y, None, None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
