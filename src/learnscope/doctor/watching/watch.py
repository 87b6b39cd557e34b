"""`watch`: around a training loop of one's own.

Watching costs little because it is done in windows: a window opens right after a step and closes
after the next one, so that it holds one whole pass of the loop. The first passes are all watched,
later ones ever more rarely, and fewer still where the looks would take more than a share of the
loop's time. Between windows one hook counts the steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import torch
from torch import nn
from torch.optim import Optimizer

from learnscope.doctor.hint import Hint
from learnscope.doctor.watching import wiring
from learnscope.doctor.watching.listener import Listener
from learnscope.doctor.watching.observer import Observer
from learnscope.doctor.watching.sampling import SHARE, Sampling
from learnscope.doctor.watching.seen import Seen
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.doctor.finding import Diagnosis


class _Handle(Protocol):
    def remove(self) -> None: ...


class Watch:
    """A loop under observation; use it as `with watch(model, optimizer, loss_fn) as w:`.

    Attributes:
        model: the module that is trained.
        optimizer: what steps it.
        loss_fn: (output, target) -> loss, None where it is not told.
        seen: what was seen: models, steps, losses, layers.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        loss_fn: Callable[..., Any] | None = None,
        *,
        share: float | None = SHARE,
    ) -> None:
        """Prepare to watch; nothing is hooked before the block is entered.

        Args:
            model: the module that is trained.
            optimizer: what steps it.
            loss_fn: the loss; left out, it is what `backward()` is called on.
            share: largest share of the loop's time that close looks may take; None watches the
                same steps on every machine, whatever that costs.

        Raises:
            InputError: the model is no module, the optimiser no optimiser, or the share not in
                (0, 1].
        """
        if not isinstance(model, nn.Module):
            raise InputError(f"watch: model must be a torch.nn.Module, got {type(model).__name__}.")
        if not isinstance(optimizer, Optimizer):
            raise InputError(
                "watch: optimizer must be a torch.optim.Optimizer, got "
                f"{type(optimizer).__name__}. The order is watch(model, optimizer, loss_fn)."
            )
        if share is not None and not 0 < share <= 1:
            raise InputError(f"watch: share must be in (0, 1], got {share!r}.")
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self._share = share
        self._observer = Observer(keep_rows=False)
        self._sampling = Sampling(share=share)
        self._listener = Listener(self._observer, steps=False)
        self._handles: list[_Handle] = []
        self._open_since: float | None = None
        self._extra = 0.0
        self._bare: list[float] = []
        self._last = 0.0
        self.n_steps = 0

    @property
    def seen(self) -> Seen:
        """What was seen so far."""
        return self._observer.seen

    def __enter__(self) -> Self:
        if self._handles:
            raise InputError("watch: this block is entered already. Make another watch.")
        self._sampling = Sampling(share=self._share)
        self._handles = [
            self.optimizer.register_step_pre_hook(self._before_step),
            self.optimizer.register_step_post_hook(self._after_step),
        ]
        self._last = time.perf_counter()
        self._sampling.due(0)
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open_since is not None:
            self._close()
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._observer.finish()

    def _before_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if self._open_since is not None:
            self._listener.before_step(optimizer, args, kwargs)

    def _after_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """Count a step; close the window that it ends, open one that is due."""
        if self._open_since is not None:
            self._listener.after_step(optimizer, args, kwargs)
        now = time.perf_counter()
        took, self._last = now - self._last, now
        self.n_steps += 1
        if self._open_since is None:
            self._bare = [*self._bare[-7:], took]
        elif self._is_top():
            self._close()
            # What the look has cost: this pass against the plain ones, or half of it before any.
            plain = min(self._bare) if self._bare else 0.5 * took
            self._sampling.spent += max(took - plain, 0.0)
        if self._open_since is None and self._sampling.due(self.n_steps):
            self._observer.seen.steps = self.n_steps
            self._observer.look_closely()
            self._open()
        self._last = time.perf_counter()

    def _open(self) -> None:
        self._listener.__enter__()
        self._open_since = time.perf_counter()

    def _close(self) -> None:
        self._listener.__exit__(None, None, None)
        self._open_since = None

    def _is_top(self) -> bool:
        """Whether our mode is the innermost one: a mode of the user's may lie on it."""
        stack = getattr(torch.overrides, "_get_current_function_mode_stack", None)
        return stack is None or (bool(stack()) and stack()[-1] is self._listener)

    def hints(self) -> list[Hint]:
        """Return what the loop itself does wrong, by exact rules, in the order of causes."""
        return wiring.look(self.seen)

    def diagnosis(
        self,
        data: Any = None,
        *,
        test_data: Any = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        shuffle: bool | None = None,
        budget: float = 10.0,
    ) -> Diagnosis:
        """Return the diagnosis of the loop.

        Without data it is what exact rules say of the loop. With data, the model as it was at its
        first call is trained anew as well, as `diagnose` does, with the loss of this watch.

        Args:
            data: a loader, a data set, or a pair (X, y).
            test_data: test rows, likewise.
            epochs: passes over the rows; left out, 10.
            batch_size: rows of an update; left out, that of the loader, or 32.
            shuffle: whether passes differ in order; left out, as the loader does.
            budget: seconds for references and trials.

        Raises:
            InputError: there are data and no loss, or an argument does not fit.
        """
        from learnscope.doctor.watching.told import diagnosis_of

        loop = {"epochs": epochs, "batch_size": batch_size, "shuffle": shuffle}
        return diagnosis_of(
            self.seen,
            loss=self.loss_fn,
            data=data,
            test_data=test_data,
            budget=budget,
            loop=loop,
        )


def watch(
    model: nn.Module,
    optimizer: Optimizer,
    loss_fn: Callable[..., Any] | None = None,
    *,
    share: float | None = SHARE,
) -> Watch:
    """Watch a training loop of one's own; see `Watch`.

    Nothing that the loop computes changes, not a bit, and no random number is drawn.

    >>> with ls.watch(model, optimizer, loss_fn) as w:
    ...     for x, y in loader:
    ...         optimizer.zero_grad()
    ...         loss_fn(model(x), y).backward()
    ...         optimizer.step()
    >>> print(w.diagnosis())
    """
    return Watch(model, optimizer, loss_fn, share=share)
