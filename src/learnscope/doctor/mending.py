"""Mechanical repairs of a program that raises: tried in turn until a first pass goes through.

Which error it was does not decide: a repair is taken when the program runs with it, and each
leaves alone what it does not concern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import quiet
from learnscope.doctor.rebuild import with_all_parameters
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import main
from learnscope.doctor.trial import Apply

MOST_LAYERS = 8
"""Layers of a wrong width that are made anew, at most."""


def repairs(setup: Setup) -> Iterator[tuple[str, Apply]]:
    """Yield changes in words with what makes them, the least intrusive first."""
    dtype = next((p.dtype for p in setup.model.parameters()), torch.get_default_dtype())
    y = setup.y
    if setup.X.is_floating_point() and setup.X.dtype != dtype:
        yield f"Give the inputs the weights' type: X.to({dtype}).", _inputs(dtype)
    if not setup.X.is_floating_point():
        yield f"Give the inputs the weights' type: X.to({dtype}).", _inputs(dtype)
    if y.is_floating_point() and bool((y == y.round()).all()):
        yield "Give class ids as whole numbers: y.long().", _targets(lambda t, _: t.long())
        yield (
            "Give class ids as whole numbers in one axis: y.long().reshape(-1).",
            _targets(lambda t, _: t.long().reshape(-1)),
        )
    yield f"Give the targets the outputs' type: y.to({dtype}).", _targets(lambda t, o: t.to(dtype))
    if y.dim() > 1 and y[0].numel() == 1:
        yield "Give the targets one axis: y.squeeze(1).", _targets(lambda t, _: t.reshape(len(t)))
    yield (
        "Give the targets shape and type of the outputs: y.to(output.dtype).reshape(output.shape).",
        _targets(lambda t, o: t.to(dtype).reshape(len(t), *o.shape[1:])),
    )
    if not y.is_floating_point() and int(y.min()) != 0:
        least = int(y.min())
        yield f"Count classes from 0: y - {least}.", _targets(lambda t, _: t - least)
    if len(setup.X) % setup.batch_size == 1:
        yield (
            "Leave out the last batch of a single row, drop_last=True (here: batches of "
            f"{setup.batch_size + 1}).",
            lambda s: replace(s, batch_size=s.batch_size + 1),
        )
    yield "Give the layers the widths that they are given.", with_widths


def _inputs(dtype: torch.dtype) -> Apply:
    def apply(setup: Setup) -> Setup:
        test = None if setup.X_test is None else setup.X_test.to(dtype)
        return replace(setup, X=setup.X.to(dtype), X_test=test)

    return apply


def _targets(made: Callable[[Tensor, Tensor], Tensor]) -> Apply:
    """Return a change of all targets; `made` gets them and some outputs of the model."""

    def apply(setup: Setup) -> Setup:
        with quiet(), torch.no_grad():
            output = main(setup.copy().model.eval()(setup.X[:2]))
        test = None if setup.y_test is None else made(setup.y_test, output)
        return replace(setup, y=made(setup.y, output), y_test=test)

    return apply


def with_widths(setup: Setup) -> Setup:
    """Return the setup with dense layers and kernels made anew where their width does not fit.

    Args:
        setup: a copy, which is changed.

    Raises:
        ValueError: what fails is no such layer, or there are too many.
    """
    for _ in range(MOST_LAYERS):
        failed = _failing(setup)
        if failed is None:
            return with_all_parameters(setup)
        name, given = failed
        _replace(setup.model, name, given)
    raise ValueError("too many layers do not fit")


def _failing(setup: Setup) -> tuple[str, Tensor] | None:
    """Return the innermost module that raises and what it was given; None where none does."""
    under_way: list[tuple[str, Tensor]] = []
    hooks = []
    for name, module in setup.model.named_modules():

        def enter(_: nn.Module, args: tuple[object, ...], name: str = name) -> None:
            if args and isinstance(args[0], Tensor):
                under_way.append((name, args[0]))

        def leave(_: nn.Module, args: tuple[object, ...], __: object) -> None:
            if args and isinstance(args[0], Tensor):
                under_way.pop()

        hooks += [module.register_forward_pre_hook(enter), module.register_forward_hook(leave)]
    try:
        with quiet(), torch.no_grad():
            setup.model(setup.X[: min(8, len(setup.X))])
    except (RuntimeError, ValueError):
        if not under_way:
            raise
        return under_way[-1]
    finally:
        for hook in hooks:
            hook.remove()
    return None


def _replace(model: nn.Module, name: str, given: Tensor) -> None:
    """Put a layer of the same outputs, which takes what is given, where one fails."""
    layer = model.get_submodule(name)
    made: nn.Module
    if isinstance(layer, nn.Linear):
        made = nn.Linear(given.shape[-1], layer.out_features, bias=layer.bias is not None)
    elif isinstance(layer, nn.Conv2d) and given.dim() == 4 and layer.groups == 1:
        size, stride, padding = layer.kernel_size, layer.stride, layer.padding
        made = nn.Conv2d(given.shape[1], layer.out_channels, size, stride, padding,  # type: ignore[arg-type]
                         bias=layer.bias is not None)  # fmt: skip
    elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        made = type(layer)(given.shape[1])
    elif isinstance(layer, nn.LayerNorm):
        made = nn.LayerNorm(given.shape[-1])
    else:
        raise ValueError(f"{type(layer).__name__} cannot be made anew")
    weight = next((p for p in layer.parameters()), None)
    made = made if weight is None else made.to(weight.dtype)
    place, _, own = name.rpartition(".")
    setattr(model.get_submodule(place), own, made)
