"""Models made anew: weights drawn again, layers wider, an optimiser for what has changed."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from learnscope.doctor.setup import Setup, remade


def with_all_parameters(setup: Setup) -> Setup:
    """Return the setup with an optimiser over all trainable parameters of its model.

    Settings are those of the optimiser's first group.
    """
    optimizer = setup.optimizer
    first = optimizer.param_groups[0] if optimizer.param_groups else {}
    rest = {k: v for k, v in first.items() if k in optimizer.defaults}
    own: list[Any] = [p for p in setup.model.parameters() if p.requires_grad]
    return replace(setup, optimizer=remade(optimizer, [{"params": own, **rest}]))


def unfrozen(setup: Setup) -> Setup:
    """Return the setup with all parameters trainable and in the optimiser."""
    setup.model.requires_grad_(True)
    return with_all_parameters(setup)


def drawn_again(setup: Setup, *, gain: float | None = None) -> Setup:
    """Return the setup with first weights drawn as the layers' own defaults say.

    Args:
        setup: a copy, which is changed.
        gain: He's initialisation with this gain in place of the defaults; biases 0.
    """
    for module in setup.model.modules():
        reset = getattr(module, "reset_parameters", None)
        if callable(reset) and any(True for _ in module.parameters(recurse=False)):
            reset()
        if gain is not None and isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
            fan_in = module.weight[0].numel()
            nn.init.normal_(module.weight, std=gain / math.sqrt(fan_in))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    own = [
        (n, p)
        for m in setup.model.modules()
        if not callable(getattr(m, "reset_parameters", None))
        for n, p in m.named_parameters(recurse=False)
    ]
    for _, p in own:  # parameters that a class made by hand
        if p.dim() >= 2:
            nn.init.normal_(p, std=1 / math.sqrt(p[0].numel()))
    return setup


def widened(setup: Setup, factor: int, least: int = 16) -> Setup:
    """Return the setup with hidden dense layers `factor` times as wide.

    Args:
        setup: a copy, which is changed.
        factor: how many times; layers become at least `least` units wide.
        least: see there.

    Raises:
        ValueError: the model has no layers whose widths can be changed.
    """
    from learnscope.doctor.widening import widened_calls

    try:
        return _wider_chain(setup, factor, least)
    except ValueError:
        return widened_calls(setup, lambda width: max(least, factor * width))


def _wider_chain(setup: Setup, factor: int, least: int) -> Setup:
    """Return it for a sequential network."""
    from learnscope.doctor.calls import Behind, Patched

    inner: nn.Module = setup.model
    while isinstance(inner, Patched | Behind):
        inner = inner.inner
    if not isinstance(inner, nn.Sequential):
        inner = _one_chain(inner)
    parts = list(inner)
    dense = [i for i, m in enumerate(parts) if isinstance(m, nn.Linear)]
    known = (nn.Linear, nn.Dropout, nn.BatchNorm1d, nn.LayerNorm, nn.Flatten)
    plain = all(
        isinstance(m, known) or not any(True for _ in m.parameters()) for m in parts[dense[0] :]
    ) if dense else False  # fmt: skip
    if len(dense) < 2 or not plain:
        raise ValueError("the model is no chain of dense layers")
    width: int | None = None
    for i in range(dense[0], len(parts)):
        part = parts[i]
        if isinstance(part, nn.Linear):
            n_in = part.in_features if width is None else width
            n_out = part.out_features if i == dense[-1] else max(least, factor * part.out_features)
            parts[i] = nn.Linear(n_in, n_out, bias=part.bias is not None)
            width = n_out
        elif isinstance(part, nn.BatchNorm1d):
            assert width is not None
            parts[i] = nn.BatchNorm1d(width)
        elif isinstance(part, nn.LayerNorm):
            assert width is not None
            parts[i] = nn.LayerNorm(width)
    # In place, so that whatever holds the chain holds the wider one.
    for i, part in enumerate(parts):
        inner[i] = part
    return with_all_parameters(setup)


def _one_chain(model: nn.Module) -> nn.Sequential:
    """Return the only sequential part of a model that has nothing else with parameters."""
    chains = [m for m in model.children() if isinstance(m, nn.Sequential)]
    others = [m for m in model.children() if m not in chains and any(True for _ in m.parameters())]
    if len(chains) != 1 or others or any(True for _ in model.parameters(recurse=False)):
        raise ValueError("the model is no single chain of layers")
    return chains[0]


def with_hidden_layer(setup: Setup, width: int = 32) -> Setup:
    """Return the setup with a hidden ReLU layer in front of a model that is one linear layer."""
    layers = [m for m in setup.model.modules() if isinstance(m, nn.Linear)]
    if len(layers) != 1 or sum(1 for _ in setup.model.parameters()) > 2:
        raise ValueError("the model is not one linear layer")
    one = layers[0]
    chain = nn.Sequential(
        nn.Linear(one.in_features, width), nn.ReLU(), nn.Linear(width, one.out_features)
    )
    if setup.model is one:
        return with_all_parameters(replace(setup, model=chain))
    for module in setup.model.modules():
        for name, child in list(module.named_children()):
            if child is one:
                setattr(module, name, chain)
    return with_all_parameters(setup)


def registered(setup: Setup, found: list[torch.Tensor]) -> Setup:
    """Return the setup with parameters that the model did not know in a list that it knows.

    A plain tensor becomes a parameter where it is kept: a parameter made of it would be another
    one, which the forward pass does not use.
    """
    plain = {id(t) for t in found if not isinstance(t, nn.Parameter)}
    for module in list(setup.model.modules()):
        for name, value in list(vars(module).items()):
            if id(value) in plain:
                delattr(module, name)
                setattr(module, name, nn.Parameter(value.detach()))
            elif isinstance(value, list | dict):
                _parameters_in(value, plain, found)
    kept = [p for p in found if isinstance(p, nn.Parameter)]
    model = _Registered(setup.model, kept) if kept else setup.model
    return with_all_parameters(replace(setup, model=model))


def _parameters_in(kept: Any, plain: set[int], found: list[torch.Tensor]) -> None:
    """Put parameters in the place of plain tensors in a list or a dictionary."""
    for key in range(len(kept)) if isinstance(kept, list) else list(kept):
        if id(kept[key]) in plain:
            kept[key] = nn.Parameter(kept[key].detach())
            found.append(kept[key])


class _Registered(nn.Module):
    def __init__(self, inner: nn.Module, found: list[nn.Parameter]) -> None:
        super().__init__()
        self.inner = inner
        self.found = nn.ParameterList(found)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner(*args, **kwargs)


def with_batch_first(setup: Setup) -> Setup:
    """Return the setup with recurrent and attention layers that take (batch, steps, features)."""
    for module in setup.model.modules():
        if isinstance(module, nn.RNNBase | nn.MultiheadAttention):
            module.batch_first = True
    return setup


def standardised(setup: Setup) -> Setup:
    """Return the setup with inputs shifted and scaled by statistics of the training rows."""
    x = setup.X
    if x.dim() == 4:  # images: one mean and sd for each channel
        mean, sd = x.mean(dim=(0, 2, 3), keepdim=True), x.std(dim=(0, 2, 3), keepdim=True)
    elif x.dim() == 3:  # sequences: one for each feature
        mean, sd = x.mean(dim=(0, 1), keepdim=True), x.std(dim=(0, 1), keepdim=True)
    else:
        mean, sd = x.mean(dim=0, keepdim=True), x.std(dim=0, keepdim=True)
    sd = torch.where(sd > 0, sd, torch.ones_like(sd))
    test = None if setup.X_test is None else (setup.X_test - mean) / sd
    return replace(setup, X=(x - mean) / sd, X_test=test)


def with_scaled_targets(setup: Setup) -> Setup:
    """Return the setup with targets shifted and scaled by statistics of the training rows."""
    y = setup.y.to(torch.get_default_dtype()) if not setup.y.is_floating_point() else setup.y
    mean, sd = y.mean(dim=0, keepdim=True), y.std(dim=0, keepdim=True)
    sd = torch.where(sd > 0, sd, torch.ones_like(sd))
    test = None if setup.y_test is None else (setup.y_test.to(y.dtype) - mean) / sd
    return replace(setup, y=(y - mean) / sd, y_test=test)


def fresh_copy(module: nn.Module) -> nn.Module:
    """Return a copy of a part with weights drawn again."""
    own = copy.deepcopy(module)
    for part in own.modules():
        reset = getattr(part, "reset_parameters", None)
        if callable(reset):
            reset()
    return own
