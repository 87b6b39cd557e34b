"""The way from a model's output to the number that is trained on, and its repetition.

While a program runs, each operation on something that came out of a model is an `Entry`. At
`backward()` the entries that led to the loss are a `Chain`: which call of which model it began
with, which tensors came from outside (the targets), and what was done with them. A chain can be
played again with other outputs and other targets: this is how a loss that was written by hand
becomes a function of (output, target).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(slots=True)
class Call:
    """A call of a model with nothing before it that came out of another."""

    module: nn.Module
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: Any
    grad: bool
    training: bool
    judged: bool = False


@dataclass(slots=True)
class Entry:
    """An operation, or a call of a module such as a loss, on what came out of a model."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: Any
    where: str = ""

    @property
    def name(self) -> str:
        """What was called: "cross_entropy", "CrossEntropyLoss", "mul"."""
        if isinstance(self.func, nn.Module):
            return type(self.func).__name__
        return str(getattr(self.func, "__name__", self.func)).strip("_")


@dataclass(slots=True)
class Tape:
    """Calls and entries since the last loss, and which of them made which tensor."""

    calls: list[Call] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    _made: dict[int, Call | Entry] = field(default_factory=dict)

    LIMIT = 4000
    """Entries after which the tape starts anew: a program that never asks for gradients."""

    def clear(self) -> None:
        """Forget everything, the tensors with it."""
        self.calls.clear()
        self.entries.clear()
        self._made.clear()

    def add_call(self, call: Call) -> None:
        """Put down a model's call; its outputs are followed from here on."""
        if len(self.calls) + len(self.entries) > self.LIMIT:
            self.clear()
        self.calls.append(call)
        self._follow(call.output, call)

    def add_entry(self, entry: Entry) -> None:
        """Put down an operation."""
        if len(self.entries) > self.LIMIT:
            self.clear()
        self.entries.append(entry)
        self._follow(entry.output, entry)

    def _follow(self, output: Any, maker: Call | Entry) -> None:
        for tensor in tensors_in(output):
            self._made[id(tensor)] = maker

    def maker(self, value: Any) -> Call | Entry | None:
        """Return what made a tensor; None for one from outside."""
        return self._made.get(id(value))

    def follows(self, values: Iterable[Any]) -> bool:
        """Whether a tensor among the values, or one list deep in them, came out of a model."""
        if not self._made:
            return False
        for value in values:
            if isinstance(value, Tensor):
                if id(value) in self._made:
                    return True
            elif isinstance(value, list | tuple) and any(id(v) in self._made for v in value):
                return True
        return False

    def chain(self, loss: Tensor) -> Chain | None:
        """Return how a tensor came about, None where no model's call led to it."""
        calls: list[Call] = []
        needed: dict[int, Entry] = {}
        stack: list[Any] = [loss]
        while stack:
            maker = self._made.get(id(stack.pop()))
            if isinstance(maker, Call):
                if maker not in calls:
                    calls.append(maker)
            elif maker is not None and id(maker) not in needed:
                needed[id(maker)] = maker
                stack.extend(tensors_in((maker.args, dict(maker.kwargs))))
        if not calls:
            return None
        entries = [entry for entry in self.entries if id(entry) in needed]
        return Chain(calls=tuple(calls), entries=tuple(entries), loss=loss)


@dataclass(frozen=True, slots=True)
class Chain:
    """How a loss came about.

    Attributes:
        calls: of models, the ones that the loss began with.
        entries: operations, in their order.
        loss: what `backward()` was called on.
    """

    calls: tuple[Call, ...]
    entries: tuple[Entry, ...]
    loss: Tensor

    @property
    def names(self) -> tuple[str, ...]:
        """What was called after the model, in order."""
        return tuple(entry.name for entry in self.entries)

    def outside(self) -> list[Tensor]:
        """Return the tensors from outside: neither made on the way nor trained parameters."""
        made = {id(t) for c in self.calls for t in tensors_in(c.output)}
        made |= {id(t) for e in self.entries for t in tensors_in(e.output)}
        found: dict[int, Tensor] = {}
        for entry in self.entries:
            for tensor in tensors_in((entry.args, dict(entry.kwargs))):
                if id(tensor) not in made and not isinstance(tensor, nn.Parameter):
                    found.setdefault(id(tensor), tensor)
        return list(found.values())


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in a value and in the lists, tuples and dictionaries within it."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from tensors_in(part)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from tensors_in(part)


@dataclass(frozen=True, slots=True)
class _Slot:
    """Stands for a tensor in a chain that is played again: the n-th output, target or result."""

    kind: str
    index: int


class Replay:
    """A part of a chain as a function: what it takes from outside is put in anew at each call.

    A chain holds tensors of one batch; a replay holds none of them, only constants.
    """

    def __init__(
        self, entries: Sequence[Entry], *, sources: Sequence[Tensor], targets: Sequence[Tensor]
    ) -> None:
        """Keep the operations.

        Args:
            entries: operations in order; the last one's output is the result.
            sources: tensors that are the first argument of a call, in order.
            targets: tensors that are the further arguments, in order.
        """
        slots: dict[int, _Slot] = {}
        for kind, tensors in (("source", sources), ("target", targets)):
            slots.update({id(t): _Slot(kind, i) for i, t in enumerate(tensors)})
        self._steps: list[tuple[Callable[..., Any], Any, Any]] = []
        for i, entry in enumerate(entries):
            self._steps.append(
                (_own(entry.func), _fill_in(entry.args, slots), _fill_in(entry.kwargs, slots))
            )
            for k, tensor in enumerate(tensors_in(entry.output)):
                slots[id(tensor)] = _Slot(str(i), k)
        self.names = tuple(entry.name for entry in entries)

    def __call__(self, source: Any, *targets: Tensor) -> Any:
        """Do the operations again, from a model's output (and targets) on."""
        known = {("source", i): t for i, t in enumerate(tensors_in(source))}
        known |= {("target", i): t for i, t in enumerate(targets)}
        result: Any = source
        for i, (func, args, kwargs) in enumerate(self._steps):
            result = func(*_put_back(args, known), **_put_back(kwargs, known))
            known |= {(str(i), k): t for k, t in enumerate(tensors_in(result))}
        return result

    def __repr__(self) -> str:
        return " > ".join(self.names)


def _own(func: Callable[..., Any]) -> Callable[..., Any]:
    return copy.deepcopy(func) if isinstance(func, nn.Module) else func


def _fill_in(value: Any, slots: Mapping[int, _Slot]) -> Any:
    if isinstance(value, Tensor):
        return slots[id(value)] if id(value) in slots else value.detach().clone()
    if isinstance(value, list | tuple):
        return _like(value, [_fill_in(v, slots) for v in value])
    if isinstance(value, Mapping):
        return {k: _fill_in(v, slots) for k, v in value.items()}
    return value


def _put_back(value: Any, known: Mapping[tuple[str, int], Tensor]) -> Any:
    if isinstance(value, _Slot):
        return known[value.kind, value.index]
    if isinstance(value, list | tuple):
        return _like(value, [_put_back(v, known) for v in value])
    if isinstance(value, Mapping):
        return {k: _put_back(v, known) for k, v in value.items()}
    return value


def _like(value: list[Any] | tuple[Any, ...], parts: list[Any]) -> Any:
    if isinstance(value, list):
        return parts
    # torch.Size and named tuples of results are plain tuples to the operations that take them.
    return tuple(parts)


class Continued(nn.Module):
    """A model with the operations that the program put between its output and the loss."""

    def __init__(self, model: nn.Module, after: Replay) -> None:
        super().__init__()
        self.model = model
        self.after = after

    def forward(self, *args: Any) -> Any:
        """Return what the program handed to its loss; shapes are the program's own."""
        return self.after(self.model(*args))


def same_rows(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors have as many rows; a scalar has none."""
    return a.dim() > 0 and b.dim() > 0 and a.shape[0] == b.shape[0]


def with_grad() -> bool:
    """Whether gradients are recorded now."""
    return torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
