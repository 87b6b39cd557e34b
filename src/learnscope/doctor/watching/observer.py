"""The ear that watches a whole program: it takes notes of models, losses and steps."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from learnscope.doctor.watching import comparing, losses, measuring
from learnscope.doctor.watching.frames import line_here, line_of, name_of, users_frame
from learnscope.doctor.watching.sampling import Sampling
from learnscope.doctor.watching.seen import LossSeen, ModelSeen, OptimizerSeen, Seen, ShapeSeen
from learnscope.doctor.watching.tape import Call, Entry, Tape, tensors_in, with_grad

MAX_MODELS = 64
"""Models that are followed at most: a program may make one after the other."""

MAX_COPIED = 20_000_000
"""Parameters up to which a model is copied as it was at its start."""

MAX_LOSSES = 4096
"""Values of a loss that are kept; then every second one is dropped, and so on."""


class Observer:
    """Takes notes while a program runs; they are in `seen`."""

    def __init__(self, *, keep_rows: bool = True) -> None:
        """Start with no notes.

        Args:
            keep_rows: whether the rows of the first epoch are kept, up to 64 MB; without, nothing
                of a batch is kept longer than until its step.
        """
        self.seen = Seen()
        self._keep_rows = keep_rows
        self._tape = Tape()
        self._sampling = Sampling(share=None)
        self._close = True
        self._moment: measuring.Moment | None = None
        self._alive: list[weakref.ref[Tensor]] = []
        self._in_loss: list[ModelSeen] = []
        self._last: LossSeen | None = None
        self._norm = 0.0
        self._reached: set[int] = set()

    # Calls of modules

    def call_begins(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        """Make a model's acquaintance before its first call changes anything."""
        if self._tape.follows(args):
            return
        model = self._model(module)
        if model is None:
            return
        if with_grad() and model.initial is None and not model.backwards:
            model.start = {n: p.detach().clone() for n, p in _small(module)}
            model.initial = _copied(module)
        if self._close:
            model.shapes = []

    def call_ends(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        """Put a call on the tape."""
        if output is None:
            self._note_failed(module, args)
            return
        # What raised before was caught by the program.
        self.seen.failed.clear()
        if self._tape.follows(args):
            entry = Entry(module, args, {}, output)
            self._note(entry)
            return
        model = self.seen.models.get(id(module))
        if model is None:
            return
        call = Call(module, args, {}, output, with_grad(), module.training)
        if not any(c.grad for c in self._tape.calls):
            # Nothing is to come of an evaluation: its batch need not be kept for the next one.
            self._tape.clear()
        self._tape.add_call(call)
        if call.grad:
            model.forwards += 1
            for optimizer in self.seen.optimizers.values():
                optimizer.forwards += 1
        else:
            comparing.evaluation_begins(model, call)
        if self._close:
            model.shapes.append(measuring.shape_of("", module, args, output))
            model.called |= {s.layer for s in model.shapes}

    def inner_begins(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        """Nothing: what goes in is told again at the end."""

    def inner_ends(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        """Note shapes at the first call, figures of the output at sampled steps."""
        if output is None:
            self._note_failed(module, args)
        if output is None or not self._close:
            return
        for model in self.seen.models.values():
            name = measuring.name_in(model.module, module)
            if name is None:
                continue
            if len(model.shapes) < 500:
                model.shapes.append(measuring.shape_of(name, module, args, output))
            if with_grad() and not any(module.children()):
                sample = measuring.layer_sample(self.seen.steps, name, module, output)
                if sample is not None:
                    model.layers.append(sample)

    # Operations

    def operation(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        """Put on the tape what is done with what came out of a model."""
        if func in losses.ADDING and self._alive:
            losses.note_accumulation(self._last, self._alive[-1](), args, output)
        values = (*args, *kwargs.values()) if kwargs else args
        if self._tape.follows(values):
            self._note(Entry(func, args, kwargs, output))

    def operation_fails(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Note the shapes that an operation could not do anything with."""
        shapes = measuring.shape_text((*args, *kwargs.values()))
        name = str(getattr(func, "__name__", func)).strip("_")
        self.seen.failed.append(ShapeSeen(layer="", kind=name, inputs=shapes, out=""))

    def _note_failed(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        names = (measuring.name_in(m.module, module) for m in self.seen.models.values())
        name = next((n for n in names if n), "")
        self.seen.failed.append(measuring.shape_of(name, module, args, None))

    def _note(self, entry: Entry) -> None:
        if self._close:
            entry.where = line_here()
        comparing.note(self.seen, self._tape, entry)
        if any(True for _ in tensors_in(entry.output)):
            self._tape.add_entry(entry)

    # Backward

    def backward_begins(self, loss: Tensor) -> None:
        """Find out what the loss is made of, and whether old gradients are still there."""
        seen = self.seen
        seen.backwards += 1
        for optimizer in seen.optimizers.values():
            if not optimizer.cleared:
                optimizer.cleared = not _has_gradients(optimizer)
        self._in_loss = []
        chain = self._tape.chain(loss)
        frame = users_frame()
        where = line_of(frame)
        found = seen.losses.get(where)
        if found is None:
            found = seen.losses[where] = LossSeen(where=where)
        found.count += 1
        _keep_value(found, loss)
        if chain is None:
            return
        self._in_loss = losses.note_chain(seen, found, chain, self._close)
        self._reached = measuring.reached(loss, seen.models.values()) if self._close else set()
        for model in self._in_loss:
            model.backwards += 1
            if not model.module.training:
                model.in_eval += 1
                if model.first_eval_step < 0:
                    model.first_eval_step = model.backwards
        self._watch_life(found, loss)

    def backward_ends(self, loss: Tensor) -> None:
        """Note which parameters got a gradient."""
        for optimizer in self.seen.optimizers.values():
            optimizer.fresh = True
            optimizer.forwards = 0
        if self._close:
            for model in self._in_loss:
                measuring.note_cut(model)
            self._norm = measuring.norm_of_gradients(self._in_loss)
        self._tape.clear()

    def _watch_life(self, found: LossSeen, loss: Tensor) -> None:
        """See whether old losses are still alive with their graphs."""
        if self.seen.backwards % 8 == 0:
            alive = [r for r in self._alive if r() is not None]
            held = sum(1 for r in alive if getattr(r(), "grad_fn", None) is not None)
            found.kept = max(found.kept, held)
            self._alive = alive[-64:]
        self._alive.append(weakref.ref(loss))
        self._last = found

    # Steps

    def step_begins(self, optimizer: Optimizer) -> None:
        """Look at the gradients that a step is about to use."""
        own = self.seen.optimizers.get(id(optimizer))
        if own is None:
            frame = users_frame()
            own = OptimizerSeen(
                optimizer=optimizer, name=name_of(optimizer, frame), where=line_of(frame)
            )
            # The first backward was before we knew it.
            own.fresh = self.seen.backwards > 0
            own.settings = [
                {k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups
            ]
            self.seen.optimizers[id(optimizer)] = own
        elif own.steps and own.fresh:
            _judge(own)
        self._moment = measuring.before_step(own, self.seen) if self._close else None
        own.models |= self._reached
        if self._close:
            if self._norm > 0 and own.fresh and _owns_all(own, self._in_loss):
                own.shares.append(own.norms[-1] / self._norm)
            self._norm = 0.0
            own.rates.append((self.seen.steps, float(optimizer.param_groups[0]["lr"])))

    def step_ends(self, optimizer: Optimizer) -> None:
        """Look at what a step changed."""
        own = self.seen.optimizers[id(optimizer)]
        # A closure does its backward pass within the step.
        if own.steps and own.fresh and not own.judging:
            _judge(own)
        own.judging = False
        own.steps += 1
        own.cleared = not _has_gradients(own)
        own.fresh = False
        own.forwards = 0
        if self._moment is not None:
            measuring.after_step(own, self._moment)
            self._moment = None
        self.seen.steps += 1
        self._close = self._sampling.due(self.seen.steps)

    # Models

    def _model(self, module: nn.Module) -> ModelSeen | None:
        own = self.seen.models.get(id(module))
        if own is None and len(self.seen.models) < MAX_MODELS:
            frame = users_frame()
            own = ModelSeen(module=module, name=name_of(module, frame), where=line_of(frame))
            own.rows.closed = own.test_rows.closed = not self._keep_rows
            self.seen.models[id(module)] = own
        return own

    def look_closely(self) -> None:
        """Begin to look just after a step, having missed some: the next one is seen closely."""
        self._close = True
        for own in self.seen.optimizers.values():
            own.cleared, own.fresh, own.forwards = not _has_gradients(own), False, 0

    def finish(self) -> Seen:
        """Forget the last batch and return the notes."""
        self._tape.clear()
        self._alive.clear()
        return self.seen


def _small(module: nn.Module) -> list[tuple[str, Tensor]]:
    named = list(module.named_parameters())
    if sum(p.numel() for _, p in named) > MAX_COPIED:
        return []
    return [(name, p) for name, p in named if not isinstance(p, nn.UninitializedParameter)]


def _copied(module: nn.Module) -> nn.Module | None:
    """Return a copy, None where it is too large, not built, or does not let itself be copied."""
    if any(isinstance(p, nn.UninitializedParameter) for p in module.parameters()):
        return None
    if sum(p.numel() for p in module.parameters()) > MAX_COPIED:
        return None
    try:
        return copy.deepcopy(module)
    except Exception:
        return None


def _owns_all(own: OptimizerSeen, models: list[ModelSeen]) -> bool:
    """Whether an optimiser steps all that the last loss has trained."""
    stepped = {id(p) for p in own.parameters}
    return all(id(p) in stepped for m in models for p in m.module.parameters() if p.requires_grad)


def _judge(own: OptimizerSeen) -> None:
    """Note in which state a step, not the first one, found the gradients."""
    own.judging = True
    own.judged += 1
    own.uncleared += not own.cleared
    # A forward pass since the last backward pass: its gradient is yet to come.
    own.early += own.forwards > 0


def _has_gradients(own: OptimizerSeen) -> bool:
    for parameter in own.parameters:
        if parameter.grad is not None and bool(torch.count_nonzero(parameter.grad.detach())):
            return True
    return False


def _keep_value(found: LossSeen, loss: Tensor) -> None:
    stride = 1 + len(found.values) // MAX_LOSSES
    if found.count % stride:
        return
    value = float(loss.detach().sum())
    if found.count == 1:
        found.first_value = value
    found.values.append((found.count - 1, value))
    if len(found.values) >= 2 * MAX_LOSSES:
        del found.values[1::2]
