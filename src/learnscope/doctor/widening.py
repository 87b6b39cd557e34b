"""Wider hidden layers in models of any form: dense layers found in the order of their calls."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from learnscope.doctor.calls import quiet
from learnscope.doctor.rebuild import with_all_parameters
from learnscope.doctor.setup import Setup
from learnscope.doctor.task import main

NORMS = (nn.BatchNorm1d, nn.LayerNorm)


def widened_calls(setup: Setup, width: Callable[[int], int]) -> Setup:
    """Return the setup with hidden dense layers, and norms between them, of other widths.

    All hidden layers of one width get one new width, so that shortcuts that add them still fit.
    What the first dense layer takes and the last one gives stays as it is.

    Args:
        setup: a copy, which is changed.
        width: old width -> new width.

    Raises:
        ValueError: there is no hidden dense layer, one is called twice, or the wider model does
            not go through with an output of the same shape.
    """
    x = setup.X[:4]
    order = _in_order(setup.model, x)
    dense = [name for name, m in order if isinstance(m, nn.Linear)]
    if len(dense) < 2 or len(set(dense)) < len(dense):
        raise ValueError("the model has no hidden dense layers that are called once each")
    before = _shape(setup.model, x)
    layers = {name: m for name, m in order if isinstance(m, nn.Linear)}
    wide = {layers[name].out_features: width(layers[name].out_features) for name in dense[:-1]}
    started = False
    for name, module in order:
        if isinstance(module, nn.Linear):
            n_in = wide.get(module.in_features, module.in_features) if started else None
            n_out = module.out_features if name == dense[-1] else wide[module.out_features]
            made: nn.Module = nn.Linear(
                module.in_features if n_in is None else n_in, n_out, bias=module.bias is not None
            )
            started = True
        elif started and isinstance(module, nn.BatchNorm1d):
            made = nn.BatchNorm1d(wide.get(module.num_features, module.num_features))
        elif started and isinstance(module, nn.LayerNorm) and len(module.normalized_shape) == 1:
            (size,) = module.normalized_shape
            made = nn.LayerNorm(wide.get(size, size))
        else:
            continue
        place, _, own = name.rpartition(".")
        setattr(setup.model.get_submodule(place), own, made.to(next(module.parameters()).dtype))
    try:
        after = _shape(setup.model, x)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"the wider model does not go through: {error}") from None
    if after != before:
        raise ValueError("the wider model gives outputs of another shape")
    return with_all_parameters(setup)


def _in_order(model: nn.Module, x: Tensor) -> list[tuple[str, nn.Module]]:
    """Return dense layers and norms with their names, in the order in which they are called."""
    called: list[tuple[str, nn.Module]] = []
    hooks = []
    for name, module in model.named_modules():
        if not name or not isinstance(module, (nn.Linear, *NORMS)):
            continue

        def note(m: nn.Module, _: object, __: object, name: str = name) -> None:
            called.append((name, m))

        hooks.append(module.register_forward_hook(note))
    try:
        _shape(model, x)
    finally:
        for hook in hooks:
            hook.remove()
    return called


def _shape(model: nn.Module, x: Tensor) -> torch.Size:
    was = model.training
    with quiet(), torch.no_grad():
        found = main(model.eval()(x)).shape
    model.train(was)
    return found
