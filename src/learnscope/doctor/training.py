"""Training a copy of a setup under observation, with a limit on its time."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import Call, Listening, quiet
from learnscope.doctor.clock import now
from learnscope.doctor.record import LayerStep, Record, UnitState
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import Task, balanced, main, score_of, score_of_loss
from learnscope.doctor.understanding import understood

PROBE_ROWS = 512
"""Rows on which units are looked at: the taxonomy asks for at least so many to call one dead."""
SCORE_ROWS = 2000
"""Rows that scores are taken over, at most, while training."""
FIRST = 50
"""First updates, N of the taxonomy, after each of which the batch's own loss is looked at."""
LOOKS = 12
"""Epochs at which scores are taken, at most."""
SATURATION = {"sigmoid": 4.0, "tanh": 2.0}
"""|input| beyond which the slope is under 7 % of its greatest (0.018 of 0.25; 0.07 of 1)."""


def train_copy(
    setup: Setup,
    *,
    task: Task | None = None,
    epochs: int | None = None,
    seconds: float = math.inf,
    watch: bool = True,
) -> Record:
    """Train a copy of everything and return what was seen.

    The result is a function of the setup alone, unless time runs out. PyTorch's own random
    state is left as it is.

    Args:
        setup: what to train; it is not changed.
        task: what is learned; left out, it is read from the targets.
        epochs: passes; left out, those of the setup.
        seconds: time after which the training ends.
        watch: look at units, layers and losses after updates too.
    """
    with quiet(setup.seed):
        own = setup.copy()
        if task is None:
            own.model.eval()
            with torch.no_grad():
                some = slice(0, PROBE_ROWS)
                task = understood(own, own.model(own.X[some]), own.X[some], own.y[some])
        return _Training(own, task, epochs or own.epochs, seconds, watch).run()


class _Training:
    """One training on its way."""

    def __init__(self, own: Setup, task: Task, epochs: int, seconds: float, watch: bool) -> None:
        self.own, self.task, self.epochs, self.watch = own, task, epochs, watch
        self.deadline = now() + seconds
        self.losses: list[float] = []
        self.after: list[float] = []
        self.steps: list[LayerStep] = []
        self.progress: list[tuple[float, float, float, float]] = []
        self.epoch_losses: list[float] = []
        self.parameters = [
            (name, p) for name, p in own.model.named_parameters() if p.requires_grad and p.dim() > 1
        ]
        n_batches = -(-len(own.X) // own.batch_size)
        self.sampled = _sampled(n_batches * epochs) if watch else set()
        self.looks = {round(i * epochs / LOOKS) for i in range(LOOKS + 1)} if watch else {epochs}

    def run(self) -> Record:
        own, started = self.own, now()
        begin = self.units() if self.watch else ()
        if self.watch:
            self.look(0)
        order = torch.Generator().manual_seed(own.seed)
        done = 0
        for epoch in range(self.epochs):
            before = len(self.losses)
            if not self._epoch(order):
                break
            kept = self.losses[before:]
            self.epoch_losses.append(sum(kept) / max(1, len(kept)))
            done = epoch + 1
            if done in self.looks:
                self.look(done)
            if not math.isfinite(self.epoch_losses[-1]) or now() > self.deadline:
                break
        return self._record(begin, done, now() - started)

    def _epoch(self, order: torch.Generator) -> bool:
        own, n = self.own, len(self.own.X)
        own.model.train()
        rows = torch.randperm(n, generator=order) if own.shuffle else torch.arange(n)
        for batch in torch.split(rows, own.batch_size):
            self._update_or_stop(own.X[batch], own.y[batch])
            if not math.isfinite(self.losses[-1]):
                return True
            if len(self.losses) % 64 == 0 and now() > self.deadline:
                return True
        return True

    def _update_or_stop(self, x: Tensor, y: Tensor) -> None:
        """Do one update; a loss that raises because the weights are no numbers any more is NaN."""
        try:
            self.update(x, y)
        except (RuntimeError, ValueError):
            if all(bool(torch.isfinite(p).all()) for p in self.own.model.parameters()):
                raise
            self.losses.append(math.nan)

    def update(self, x: Tensor, y: Tensor) -> None:
        """Do one update."""
        own, step = self.own, len(self.losses)
        look = step in self.sampled
        before = [p.detach().clone() for _, p in self.parameters] if look else []
        gradients: list[float] = []

        def closure() -> Tensor:
            own.optimizer.zero_grad()
            own.model.zero_grad(set_to_none=True)
            loss: Tensor = own.loss(own.model(x), y)
            if loss.requires_grad:
                loss.backward()  # type: ignore[no-untyped-call]
            if look:
                gradients[:] = [_norm(p.grad) for _, p in self.parameters]
            if own.clip is not None:
                nn.utils.clip_grad_norm_(own.model.parameters(), own.clip)
            return loss

        if isinstance(own.optimizer, torch.optim.LBFGS):
            loss = own.optimizer.step(closure)  # type: ignore[no-untyped-call]
        else:
            loss = closure()
            own.optimizer.step()
        self.losses.append(float(loss.detach().reshape(-1)[0]) if loss is not None else math.nan)
        if look:
            for (name, p), old, g in zip(self.parameters, before, gradients, strict=True):
                change = _norm(p.detach() - old)
                self.steps.append(
                    LayerStep(name=name, weight=_norm(old), gradient=g, change=change, step=step)
                )
        if self.watch and step < FIRST:
            with torch.no_grad():
                again = own.loss(own.model(x), y)
            self.after.append(float(again.reshape(-1)[0]))

    def look(self, epoch: int) -> None:
        """Note the scores."""
        own = self.own
        train = self.scored(own.X[:SCORE_ROWS], own.y[:SCORE_ROWS])
        test = (math.nan, math.nan)
        if own.X_test is not None and own.y_test is not None:
            test = self.scored(own.X_test[:SCORE_ROWS], own.y_test[:SCORE_ROWS])
        self.progress.append((float(epoch), train[0], test[0], test[1]))

    def scored(self, x: Tensor, y: Tensor) -> tuple[float, float]:
        """Return score and loss of rows in eval mode."""
        output, loss = self.answers(x, y)
        return self._score(output, y, loss), loss

    def _score(self, output: Tensor, y: Tensor, loss: float) -> float:
        if self.task.span is not None:
            return score_of_loss(loss, self.task)
        return score_of(output, y, self.task)

    def answers(self, x: Tensor, y: Tensor) -> tuple[Tensor, float]:
        """Return outputs in eval mode, and their loss, nan where it cannot be taken."""
        own = self.own
        was = own.model.training
        own.model.eval()
        with torch.no_grad():
            whole = own.model(x)
            try:
                loss = float(own.loss(whole, y).reshape(-1)[0])
            except Exception:
                loss = math.nan
        own.model.train(was)
        return main(whole), loss

    def units(self) -> tuple[UnitState, ...]:
        """Return the state of all activations on the probe rows."""
        self.own.model.eval()
        with torch.no_grad(), Listening() as heard:
            self.own.model(self.own.X[:PROBE_ROWS])
        return tuple(unit_state(call) for call in heard.activations)

    def _record(self, begin: tuple[UnitState, ...], done: int, seconds: float) -> Record:
        own = self.own
        finite = bool(self.losses) and all(map(math.isfinite, self.losses))
        output, loss = self.answers(own.X[:SCORE_ROWS], own.y[:SCORE_ROWS])
        y = own.y[:SCORE_ROWS]
        scores = {"train": self._score(output, y, loss)}
        if self.task.kind in ("classes", "binary"):
            scores["balanced"] = balanced(output, y, self.task)
        if own.X_test is not None and own.y_test is not None:
            found, loss = self.answers(own.X_test, own.y_test)
            scores["test"] = self._score(found, own.y_test, loss)
            if self.task.kind in ("classes", "binary"):
                scores["test_balanced"] = balanced(found, own.y_test, self.task)
        losses = [(row[3], row[0]) for row in self.progress if math.isfinite(row[3])]
        return Record(
            losses=tuple(self.losses),
            own_after=tuple(self.after),
            epoch_losses=tuple(self.epoch_losses),
            scores=scores,
            progress=tuple(self.progress),
            layers=tuple(self.steps),
            begin=begin,
            end=self.units() if self.watch else (),
            epochs=done,
            seconds=seconds,
            finite=finite,
            output=_span(output),
            targets=_span(y),
            best_epoch=min(losses)[1] if losses else math.nan,
        )


def unit_state(call: Call) -> UnitState:
    """Return what the units behind an activation do, for inputs and outputs (b, h, ...)."""
    output, given = call.output.detach(), call.given.detach()
    last = output.dim() == 3  # (b, t, h): units lie along the last axis
    flat = output if last else output.transpose(1, -1) if output.dim() > 2 else output
    inside = given if last else given.transpose(1, -1) if given.dim() > 2 else given
    units = flat.reshape(-1, flat.shape[-1]) if flat.dim() > 1 else flat.reshape(-1, 1)
    inputs = inside.reshape(-1, units.shape[1]) if inside.numel() == units.numel() else units
    dead = saturated = 0.0
    if call.name in ("relu", "relu6"):
        dead = float((units <= 0).all(dim=0).float().mean())
    if call.name in SATURATION:
        beyond = (inputs.abs() > SATURATION[call.name]).float().mean(dim=0)
        saturated = float((beyond > 0.9).float().mean())
    return UnitState(
        name=call.name,
        place=call.number,
        units=units.shape[1],
        dead=dead,
        saturated=saturated,
        zeros=float((units == 0).float().mean()),
    )


def _sampled(total: int) -> set[int]:
    """Return updates that are looked at: the first ten, then ever fewer."""
    found = set(range(min(10, total)))
    step = 10.0
    while step < total:
        found.add(int(step))
        step *= 1.5
    found.add(total - 1)
    return found


def _norm(tensor: Any) -> float:
    return 0.0 if tensor is None else float(tensor.detach().norm())


def _span(values: Tensor) -> tuple[float, float]:
    numbers = values.detach().to(torch.float64).reshape(-1)
    return (float(numbers.min()), float(numbers.max())) if numbers.numel() else (0.0, 0.0)
