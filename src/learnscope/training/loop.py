"""Training of one member with PyTorch: the readable reference that the fast route must equal.

In every epoch, 1 for the first: the rate is set; the rows are put in order, `epoch_order` with
batches and `shuffle`, else as they are; every batch of `batch_size` rows, a smaller last one
included, gives one update, see `Updater`; in the epochs of `Training.evaluated()` the history
gets a row.

Early stopping looks at every such row: a validation loss that is lower than the best one by more
than `min_delta` is the new best, and training ends when `patience` epochs have passed since. The
best weights are kept, also where all epochs were done.

A loss, gradient or weight that is not finite ends the training as "diverged": the last finite
weights are kept (with early stopping the best ones), `epochs` counts whole epochs, and the
history ends with the last one that was evaluated, whose row may hold the infinite loss.

After the epochs of `Training.snapshot_epochs()` the weights as they stand then are kept too.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import Interrupted
from learnscope.training.member import Member
from learnscope.training.order import epoch_order
from learnscope.training.result import (
    HISTORY,
    OnProgress,
    Progress,
    Result,
    ShouldStop,
    Snapshots,
    Status,
)
from learnscope.training.state import TrainingState, first_state, n_batches

if TYPE_CHECKING:
    from learnscope.training.divergence import NotFinite
    from learnscope.training.evaluate import Data
    from learnscope.training.quiet import Interrupt

__all__ = ["TrainingState", "train_member"]

Save = Callable[[TrainingState], None]
PROGRESS_SECONDS = 0.2
"""Least time between two calls of `on_progress`."""


def train_member(
    member: Member,
    *,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    resume: TrainingState | None = None,
    save: Save | None = None,
    save_every_seconds: float = 10.0,
    save_at_end: bool = False,
    seconds: float | None = None,
) -> Result:
    """Train a member; the result is a function of the member alone.

    PyTorch's global settings are as before when this returns, and no global random state is
    used. The training runs on one thread of the CPU; PyTorch's number of threads is 1 for the
    whole process meanwhile.

    Args:
        member: what to train.
        on_progress: called some times a second.
        should_stop: asked between updates; true saves the state and raises `Interrupted`.
        resume: a state of this member to go on from; the result has the same bits as without
            the interruption (`seconds` apart).
        save: keeps a state; called between updates.
        save_every_seconds: seconds between two such calls.
        save_at_end: whether the state at the end is saved too, unless the training diverged: a
            longer training can go on from there.
        seconds: time after which the training ends where it stands, with the status "budget" and
            its state saved; left out, none.

    Raises:
        Interrupted: `should_stop` said so, or Ctrl-C was pressed. In the main thread, and where
            nobody else handles that signal, the first press waits for the end of the update and
            saves the state; a second press raises `KeyboardInterrupt` at once, and the state
            saved last is what there is. A caller with a handler of its own sets a flag there
            and passes `should_stop`.
    """
    from learnscope.training.quiet import Interrupt, own_settings

    interrupt = Interrupt()
    with own_settings(), interrupt.listening():
        run = _Run(member, first_state(member) if resume is None else resume)
        watch = _Watch(run, interrupt, on_progress, should_stop, save, save_every_seconds, seconds)
        result = run.to_the_end(watch.look)
        if save is not None and save_at_end and result.status in ("trained", "stopped"):
            save(run.state())
        return result


class _Run:
    """A training under way; `state()` is where it stands."""

    def __init__(self, member: Member, state: TrainingState) -> None:
        import torch

        from learnscope.training.evaluate import as_data
        from learnscope.training.module import build_module
        from learnscope.training.optimizers.memory import unpack
        from learnscope.training.update import Updater

        self.member, self.training = member, member.experiment.training
        dtype = getattr(torch, self.training.precision)
        self.module = build_module(member.network, state.parameters, dtype)
        self.updater = Updater(member, self.module)
        unpack(self.updater.optimizer, dict(self.module.named_parameters()), state.optimizer)
        self.data = {part: as_data(examples) for part, examples in member.parts.items()}
        self.n_batches = n_batches(member)
        self.rates, self.evaluated = self.training.rates(), set(self.training.evaluated())
        self.kept = set(self.training.snapshot_epochs())
        self.epoch, self.batch = state.epoch, state.batch
        self.total, self.count = state.total, state.count
        self.history = {column: list(state.history[column]) for column in HISTORY}
        self.best_epoch, self.best = state.best_epoch, state.best
        self.snapshots = {name: list(stack) for name, stack in state.snapshots.items()}
        self.seconds, self.started = state.seconds, time.perf_counter()
        self.order = self._ordered()

    def to_the_end(self, look: Callable[[], bool]) -> Result:
        """Train until all epochs are done, or stop early.

        `look` is called between updates; it says whether there is time for another one.
        """
        from learnscope.training.divergence import NotFinite

        try:
            if self.epoch < 0:
                self._close_epoch(0, math.nan, math.nan)
            while not self._is_done():
                if not look():
                    return self._result("budget", None)
                self._update()
        except NotFinite as fault:
            return self._result("diverged", self._explain(fault))
        return self._result("trained" if self.epoch == self.training.epochs else "stopped", None)

    def state(self) -> TrainingState:
        """Return a copy of where the training stands, between two updates."""
        from learnscope.training.module import read_parameters
        from learnscope.training.optimizers.memory import pack

        return TrainingState(
            epoch=self.epoch,
            batch=self.batch,
            total=self.total,
            count=self.count,
            parameters=read_parameters(self.module),
            optimizer=pack(self.updater.optimizer, dict(self.module.named_parameters())),
            history=self._history(),
            best_epoch=self.best_epoch,
            best=dict(self.best),
            seconds=self._seconds(),
            snapshots=self._snapshots(),
        )

    def _is_done(self) -> bool:
        if self.epoch >= self.training.epochs:
            return True
        stopping = self.training.stopping
        # Only an evaluated epoch can tell that nothing became better.
        last = self.history["epoch"][-1]
        return stopping is not None and last - self.best_epoch >= stopping.patience

    def _update(self) -> None:
        """Make one update, and close the epoch after its last one."""
        from learnscope.training.evaluate import mean_loss

        step = self.epoch * self.n_batches + self.batch
        taken = self.updater.update(self._rows(), self.rates[self.epoch], step)
        self.total, self.count = self.total + taken.total, self.count + taken.count
        self.batch += 1
        if self.batch == self.n_batches:
            before = mean_loss(self.training.loss, self.total, self.count)
            self._close_epoch(self.epoch + 1, before, taken.gradient_norm)

    def _rows(self) -> Data:
        """Return the rows of the update that comes next."""
        import torch

        size, data = self.training.batch_size, self.data["train"]
        if size is None:
            return data
        place = slice(self.batch * size, (self.batch + 1) * size)
        return data.take(place if self.order is None else torch.from_numpy(self.order[place]))

    def _ordered(self) -> Array | None:
        """Return the order of the rows in the epoch under way, None for their own."""
        if self.training.batch_size is None or not self.training.shuffle:
            return None
        return epoch_order(self.member.order_key, max(self.epoch, 0) + 1, len(self.data["train"]))

    def _close_epoch(self, epoch: int, before: float, gradient_norm: float) -> None:
        from learnscope.training.divergence import NotFinite
        from learnscope.training.module import read_parameters

        self.epoch, self.batch, self.total, self.count = epoch, 0, 0.0, 0.0
        self.order = self._ordered()
        if epoch in self.kept:
            for name, weights in read_parameters(self.module).items():
                self.snapshots.setdefault(name, []).append(weights)
        if epoch not in self.evaluated:
            return
        self._add_row(before, gradient_norm)
        loss = self.history["train_loss"][-1]
        if not math.isfinite(loss):
            raise NotFinite("loss", loss)

    def _add_row(self, before: float, gradient_norm: float) -> None:
        from learnscope.training.evaluate import evaluate
        from learnscope.training.module import read_parameters

        row = {"epoch": self.epoch, "train_loss_before": before, "gradient_norm": gradient_norm}
        row |= evaluate(self.module, self.member, self.data)
        for column, values in self.history.items():
            values.append(row.get(column, math.nan))
        if self.training.stopping is not None and self._is_better():
            self.best_epoch, self.best = self.epoch, read_parameters(self.module)

    def _is_better(self) -> bool:
        """Return whether the last row has the lowest validation loss by more than min_delta."""
        assert self.training.stopping is not None
        if self.best_epoch < 0:
            return True
        losses = self.history["validation_loss"]
        best = losses[self.history["epoch"].index(self.best_epoch)]
        if math.isnan(best):
            return not math.isnan(losses[-1])
        return bool(losses[-1] < best - self.training.stopping.min_delta)

    def _explain(self, fault: NotFinite) -> str:
        from learnscope.training.divergence import Scene, explain

        evaluating = self.batch == 0 and self.history["epoch"][-1:] == [self.epoch]
        evaluating = evaluating and not math.isfinite(self.history["train_loss"][-1])
        untouched = self.epoch == self.batch == 0 and fault.what != "weights"
        epoch = self.epoch if evaluating or untouched else self.epoch + 1
        scene = Scene(
            epoch=epoch,
            batch=0 if evaluating else self.batch + 1,
            rate=self.rates[epoch - 1] if epoch else self.training.lr,
            rows=next(self.data["train"].blocks()) if evaluating else self._rows(),
            gradient_norm=self.updater.gradient_norm,
        )
        return explain(fault, scene, self.module, self.member)

    def _result(self, status: Status, cause: str | None) -> Result:
        from learnscope.training.module import read_parameters

        return Result(
            seed=self.member.seed,
            parameters=self.best or read_parameters(self.module),
            history=self._history(),
            status=status,
            epochs=self.epoch,
            best_epoch=self.best_epoch if self.best else self.epoch,
            cause=cause,
            seconds=self._seconds(),
            snapshots=Snapshots(
                epochs=tuple(e for e in sorted(self.kept) if e <= self.epoch),
                parameters=self._snapshots(),
            ),
        )

    def _snapshots(self) -> dict[str, Array]:
        return {name: np.stack(weights) for name, weights in self.snapshots.items()}

    def _history(self) -> dict[str, Array]:
        return {
            column: np.array(values, dtype=np.float64) for column, values in self.history.items()
        }

    def _seconds(self) -> float:
        return self.seconds + time.perf_counter() - self.started


class _Watch:
    """What happens between updates: saving, progress, the question whether to stop."""

    def __init__(
        self,
        run: _Run,
        interrupt: Interrupt,
        on_progress: OnProgress | None,
        should_stop: ShouldStop | None,
        save: Save | None,
        save_every_seconds: float,
        seconds: float | None,
    ) -> None:
        self.run, self.interrupt = run, interrupt
        self.on_progress, self.should_stop = on_progress, should_stop
        self.save, self.every = save, save_every_seconds
        self.saved = time.monotonic()
        self.end = math.inf if seconds is None else self.saved + seconds
        self.told = -math.inf

    def look(self) -> bool:
        """Save and report where it is time to, and return whether there is time left.

        Raises:
            Interrupted: it was asked for.
        """
        now = time.monotonic()
        stop = self.interrupt.pressed or (self.should_stop is not None and self.should_stop())
        over = now >= self.end
        if self.save is not None and (stop or over or now - self.saved >= self.every):
            self.save(self.run.state())
            self.saved = time.monotonic()
        if stop:
            kept = "" if self.save is None else "; what was done is kept"
            raise Interrupted(
                f"Training was stopped in epoch {self.run.epoch + 1} of "
                f"{self.run.training.epochs}{kept}."
            )
        if self.on_progress is not None and now - self.told >= PROGRESS_SECONDS:
            self.told = now
            self.on_progress(self._progress())
        return not over

    def _progress(self) -> Progress:
        loss = self.run.history["train_loss"][-1]
        return Progress(
            done=self.run.epoch,
            total=self.run.training.epochs,
            members_done=0,
            members=1,
            message=f"loss {loss:.4g}",
        )
