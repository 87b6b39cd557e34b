"""What is heard: module calls, operations on tensors, backward passes and steps.

Public means only: global module hooks, global optimiser hooks, a `TorchFunctionMode`. Nothing is
replaced and no random number drawn, so a program computes the same bits with and without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MethodWrapperType, TracebackType
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from torch.overrides import TorchFunctionMode


class Ear(Protocol):
    """Who is told."""

    def call_begins(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        """A module is called by the program itself: no other module is at work."""

    def call_ends(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        """Its call is over; `output` is None where it raised."""

    def inner_begins(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        """A module within it is called."""

    def inner_ends(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        """A module within it was called."""

    def operation(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        """An operation of the program itself was done."""

    def operation_fails(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """An operation raised."""

    def backward_begins(self, loss: Tensor) -> None:
        """`backward()` is called."""

    def backward_ends(self, loss: Tensor) -> None:
        """It is over."""

    def step_begins(self, optimizer: Optimizer) -> None:
        """An optimiser is about to step."""

    def step_ends(self, optimizer: Optimizer) -> None:
        """It has stepped."""


class Listener(TorchFunctionMode):
    """Listens while it is entered; tells one `Ear`."""

    def __init__(self, ear: Ear, *, steps: bool = True) -> None:
        """Prepare to listen.

        Args:
            ear: who is told.
            steps: whether the steps of all optimisers are heard; otherwise whoever enters it
                passes them on with `before_step` and `after_step`.
        """
        super().__init__()
        self._steps = steps
        self._ear = ear
        self._depth = 0
        self._stepping = 0
        self._deaf = False
        self.faults: list[str] = []
        self._handles: list[Any] = []

    def __enter__(self) -> Listener:
        hooks = nn.modules.module
        self._handles = [
            hooks.register_module_forward_pre_hook(self._before),
            # Also where it raises: otherwise the depth would be wrong from there on.
            hooks.register_module_forward_hook(self._after, always_call=True),
        ]
        if self._steps:
            self._handles += [
                register_optimizer_step_pre_hook(self.before_step),
                register_optimizer_step_post_hook(self.after_step),
            ]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
        for handle in self._handles:
            handle.remove()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Do the operation and tell of it; within modules and optimisers, do it alone."""
        kwargs = kwargs or {}
        if self._deaf or type(func) is MethodWrapperType:
            return func(*args, **kwargs)
        if self._depth or self._stepping:
            if func is Tensor.backward:
                return self._backward(func, args, kwargs)
            return self._do(func, args, kwargs)
        if func is Tensor.backward:
            return self._backward(func, args, kwargs)
        output = self._do(func, args, kwargs)
        self._tell(self._ear.operation, func, args, kwargs, output)
        return output

    def _do(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            return func(*args, **kwargs)
        except Exception:
            self._tell(self._ear.operation_fails, func, args, kwargs)
            raise

    def _tell(self, what: Callable[..., None], *args: Any) -> None:
        """Tell the ear; what it does meanwhile is not heard, and what goes wrong is not felt."""
        if self._deaf:
            return
        self._deaf = True
        try:
            what(*args)
        except Exception as error:
            # A program under observation must never end because of the observer.
            self.faults.append(f"{getattr(what, '__name__', what)}: {error!r}")
        finally:
            self._deaf = False

    def _backward(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        self._tell(self._ear.backward_begins, args[0])
        output = func(*args, **kwargs)
        self._tell(self._ear.backward_ends, args[0])
        return output

    def _before(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        self._depth += 1
        self._tell(
            self._ear.call_begins if self._depth == 1 else self._ear.inner_begins, module, args
        )

    def _after(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        self._depth = max(self._depth - 1, 0)
        self._tell(
            self._ear.inner_ends if self._depth else self._ear.call_ends, module, args, output
        )

    def before_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """Hear of a step that begins; a hook of an optimiser."""
        self._tell(self._ear.step_begins, optimizer)
        # A closure does forward and backward within the step: those are heard.
        self._stepping += 0 if _has_closure(args, kwargs) else 1

    def after_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        """Hear of a step that is over; a hook of an optimiser."""
        self._stepping = max(self._stepping - 1, 0)
        self._tell(self._ear.step_ends, optimizer)


def _has_closure(args: Any, kwargs: Any) -> bool:
    closure = args[1] if len(args) > 1 else (kwargs or {}).get("closure")
    return closure is not None
