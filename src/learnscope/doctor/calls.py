"""Calls of functions inside a model: listened to, or answered otherwise, without touching it.

Modules and functional calls look the same here: nn.ReLU calls F.relu, and a mode of PyTorch sees
the outermost function of each.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

ACTIVATIONS: Mapping[Any, str] = {
    torch.relu: "relu", torch.relu_: "relu", F.relu: "relu", F.relu_: "relu",
    Tensor.relu: "relu", Tensor.relu_: "relu",
    torch.tanh: "tanh", torch.tanh_: "tanh", Tensor.tanh: "tanh", Tensor.tanh_: "tanh",
    F.tanh: "tanh",
    torch.sigmoid: "sigmoid", torch.sigmoid_: "sigmoid", Tensor.sigmoid: "sigmoid",
    Tensor.sigmoid_: "sigmoid", F.sigmoid: "sigmoid",
    torch.softmax: "softmax", F.softmax: "softmax", Tensor.softmax: "softmax",
    torch.log_softmax: "log_softmax", F.log_softmax: "log_softmax",
    Tensor.log_softmax: "log_softmax", F.logsigmoid: "log_sigmoid",
    F.leaky_relu: "leaky_relu", F.elu: "elu", F.selu: "selu", F.celu: "celu", F.gelu: "gelu",
    F.silu: "silu", F.mish: "mish", F.softplus: "softplus", F.hardtanh: "hardtanh",
    F.relu6: "relu6", F.hardsigmoid: "hardsigmoid", F.softsign: "softsign",
    F.prelu: "prelu", torch.clamp: "clamp", Tensor.clamp: "clamp",
}  # fmt: skip
"""Function -> name of the activation."""

RANGES: Mapping[str, tuple[float, float]] = {
    "relu": (0.0, float("inf")),
    "softplus": (0.0, float("inf")),
    "relu6": (0.0, 6.0),
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0),
}
"""Least and greatest value that an activation can give."""

LAYERS: Mapping[Any, str] = {
    F.linear: "linear", F.conv1d: "conv", F.conv2d: "conv", F.conv3d: "conv",
    torch.conv1d: "conv", torch.conv2d: "conv", torch.matmul: "linear", Tensor.matmul: "linear",
    Tensor.__matmul__: "linear", torch.mm: "linear", Tensor.mm: "linear", torch.addmm: "linear",
}  # fmt: skip
"""Function -> kind of a layer with weights."""

DROPOUTS = (
    F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout,
)  # fmt: skip


@dataclass(slots=True)
class Call:
    """A call of an activation or a layer.

    Attributes:
        number: its place among the calls of its sort.
        name: name of the activation, or kind of the layer.
        given: what it was applied to (b, ...).
        output: what it gave.
    """

    number: int
    name: str
    given: Tensor
    output: Tensor


class Listening(TorchFunctionMode):
    """Notes activations, layers and random draws of a forward pass, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.activations: list[Call] = []
        self.layers: list[Call] = []
        self.dropped_in_eval = 0
        self.drop_rates: list[float] = []
        self.drawn = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        for kinds, calls in ((ACTIVATIONS, self.activations), (LAYERS, self.layers)):
            name = _named(kinds, func)
            if name is not None and isinstance(output, Tensor) and isinstance(args[0], Tensor):
                calls.append(Call(len(calls), name, args[0], output))
        if func in DROPOUTS:
            self.drop_rates.append(float(_argument("p", 1, args, kwargs, 0.5)))
            if _argument("training", 2, args, kwargs, True):
                self.dropped_in_eval += 1
        if getattr(func, "__name__", "") in {"randn", "randn_like", "normal", "normal_", "rand",
                                             "rand_like", "bernoulli"}:  # fmt: skip
            self.drawn += 1
        return output


Answer = Callable[[Any, Any, Any, Any, int], Any]
"""(model, function, args, kwargs, place among the activations or layers) -> output."""


class Patched(nn.Module):
    """A model in which some calls are answered otherwise.

    Args:
        inner: the model; its parameters are this one's.
        answers: function -> what is called in its place.
    """

    def __init__(self, inner: nn.Module, answers: Mapping[Any, Answer]) -> None:
        super().__init__()
        self.inner = inner
        self.answers = dict(answers)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model."""
        with _Answering(self, self.answers):
            return self.inner(*args, **kwargs)


class _Answering(TorchFunctionMode):
    def __init__(self, model: Patched, answers: Mapping[Any, Answer]) -> None:
        super().__init__()
        self.model, self.answers = model, answers
        self.counts = {"activation": 0, "layer": 0}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        sort = "activation" if _named(ACTIVATIONS, func) else "layer"
        number = self.counts[sort]
        if _named(ACTIVATIONS, func) or _named(LAYERS, func):
            self.counts[sort] += 1
        answer = self.answers.get(_key(func))
        if answer is None:
            answer = self.answers.get("*")
        if answer is None:
            return func(*args, **kwargs)
        return answer(self.model, func, args, kwargs, number)


def _key(func: Any) -> Any:
    try:
        hash(func)
    except TypeError:
        return None
    return func


def _named(kinds: Mapping[Any, str], func: Any) -> str | None:
    key = _key(func)
    return None if key is None else kinds.get(key)


def _argument(name: str, place: int, args: Any, kwargs: Any, default: Any) -> Any:
    if name in kwargs:
        return kwargs[name]
    return args[place] if len(args) > place else default


def without_activation(model: nn.Module, number: int) -> Patched:
    """Return the model with one activation left out, by its place in a forward pass."""

    def answer(_: Any, func: Any, args: Any, kwargs: Any, place: int) -> Any:
        return args[0] if place == number else func(*args, **kwargs)

    return Patched(model, {func: answer for func in ACTIVATIONS})


def with_activation(
    model: nn.Module, names: tuple[str, ...], function: Callable[[Tensor], Tensor],
    spare: int | None = None,
) -> Patched:  # fmt: skip
    """Return the model with activations of some names replaced, but for the one at `spare`."""

    def answer(_: Any, func: Any, args: Any, kwargs: Any, place: int) -> Any:
        if ACTIVATIONS[func] in names and place != spare:
            return function(args[0])
        return func(*args, **kwargs)

    return Patched(model, {func: answer for func in ACTIVATIONS})


def with_activation_after_layers(model: nn.Module, n_layers: int) -> Patched:
    """Return the model with a ReLU behind each of its layers but the last of `n_layers`."""

    def answer(_: Any, func: Any, args: Any, kwargs: Any, place: int) -> Any:
        output = func(*args, **kwargs)
        return torch.relu(output) if place < n_layers - 1 else output

    return Patched(model, {func: answer for func in LAYERS})


def with_dropout_that_listens(model: nn.Module) -> Patched:
    """Return the model with functional dropout that is off in eval mode."""

    def answer(own: Any, func: Any, args: Any, kwargs: Any, _: int) -> Any:
        args, kwargs = list(args), dict(kwargs)
        if len(args) > 2:
            args[2] = own.training
        else:
            kwargs["training"] = own.training
        return func(*args, **kwargs)

    return Patched(model, {func: answer for func in DROPOUTS})


def with_drop_rate(model: nn.Module, p: float) -> Patched:
    """Return the model with another probability in all calls of functional dropout."""

    def answer(_: Any, func: Any, args: Any, kwargs: Any, __: int) -> Any:
        if len(args) > 1:
            return func(args[0], p, *args[2:], **kwargs)
        return func(*args, **{**kwargs, "p": p})

    return Patched(model, {func: answer for func in DROPOUTS})


def without_detach(model: nn.Module) -> Patched:
    """Return the model with an unbroken graph: detach() and no_grad() have no effect in it."""

    def answer(_: Any, func: Any, args: Any, kwargs: Any, __: int) -> Any:
        if func in (Tensor.detach, torch.detach):
            return args[0]
        if func is Tensor.data.__get__:  # type: ignore[attr-defined]
            return args[0]
        with torch.enable_grad():
            return func(*args, **kwargs)

    return Patched(model, {"*": answer})


def with_softmax_over_columns(model: nn.Module) -> Patched:
    """Return the model with softmax over the last axis where it was over the rows."""
    kinds = {f: a for f, a in ACTIVATIONS.items() if a in ("softmax", "log_softmax")}

    def answer(_: Any, func: Any, args: Any, kwargs: Any, __: int) -> Any:
        whole = _argument("dim", 1, args, kwargs, None)
        if whole == 0:
            kwargs = {k: v for k, v in kwargs.items() if k != "dim"}
            return func(args[0], dim=-1, **kwargs)
        return func(*args, **kwargs)

    return Patched(model, {func: answer for func in kinds})


class Behind(nn.Module):
    """A model with a function applied to its output."""

    def __init__(self, inner: nn.Module, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.inner, self.function = inner, function

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the model."""
        return self.function(self.inner(*args, **kwargs))


@contextmanager
def quiet(seed: int = 0) -> Iterator[None]:
    """Leave all random states and PyTorch's number of threads as they are; one thread inside.

    A model or a loss may draw from Python's and NumPy's global generators too: inside, they
    start from the same seed.
    """
    threads = torch.get_num_threads()
    # The global generator is the one that a user's program draws from.
    states = random.getstate(), np.random.get_state()
    if threads != 1:
        torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed % 2**32)
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        if threads != 1:
            torch.set_num_threads(threads)
