"""A loss that reads the model, on a copy of the model.

A penalty on the weights is written with the program's own model: in a closure, as a global name,
or as a field of a loss object. Beside a copy of the model such a loss needs a copy too, or its
penalty would hold the caller's weights and move none of the copy's.
"""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Callable, Iterable
from typing import Any

from torch import nn

MOST_PARTS = 64
"""Parts of a list or a table that are looked at for models."""


def with_copies(loss: Callable[..., Any], memo: dict[int, Any]) -> Callable[..., Any]:
    """Return a loss in which what was copied stands for what it was copied from.

    Args:
        loss: a function, a method, a partial, a module or an object that is called.
        memo: of the deep copy of the model: id -> copy. What the loss holds besides is shared,
            but for objects that hold a part of the model, which are copied.
    """
    if isinstance(loss, nn.Module):
        module: nn.Module = copy.deepcopy(loss, memo)
        return module
    if isinstance(loss, functools.partial):
        arguments = [_copied(a, memo) for a in loss.args]
        named = {k: _copied(v, memo) for k, v in loss.keywords.items()}
        return functools.partial(with_copies(loss.func, memo), *arguments, **named)
    if isinstance(loss, types.MethodType):
        return types.MethodType(loss.__func__, _copied(loss.__self__, memo))
    if isinstance(loss, types.FunctionType):
        return _function(loss, memo)
    found: Callable[..., Any] = _copied(loss, memo)
    return found


def _function(loss: types.FunctionType, memo: dict[int, Any]) -> types.FunctionType:
    """Return a function of the same code whose cells and globals hold the copies."""
    if id(loss) in memo:
        known = memo[id(loss)]
        assert isinstance(known, types.FunctionType)
        return known
    memo[id(loss)] = loss  # one that calls itself ends here
    changed = False
    cells = []
    for cell in loss.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not assigned yet
            cells.append(cell)
            continue
        own = _copied(held, memo)
        changed |= own is not held
        cells.append(cell if own is held else types.CellType(own))
    found = {}
    for name in _names(loss.__code__):
        if name in loss.__globals__:
            held = loss.__globals__[name]
            near = not isinstance(held, types.FunctionType) or held.__globals__ is loss.__globals__
            own = _copied(held, memo) if near else held
            if own is not held:
                found[name] = own
    if not (changed or found):
        return loss
    names = {**loss.__globals__, **found} if found else loss.__globals__
    made = types.FunctionType(loss.__code__, names, loss.__name__, loss.__defaults__, tuple(cells))
    made.__kwdefaults__ = loss.__kwdefaults__
    memo[id(loss)] = made
    return made


def _names(code: types.CodeType) -> set[str]:
    """Return the names that a function, and functions within it, may read from its module."""
    found = set(code.co_names)
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            found |= _names(part)
    return found


def _copied(held: Any, memo: dict[int, Any]) -> Any:
    """Return the copy of what a loss holds; itself where it has nothing of the model in it."""
    if id(held) in memo:
        return memo[id(held)]
    if isinstance(held, nn.Module):
        return copy.deepcopy(held, memo) if _has_part(held.modules(), memo) else held
    if isinstance(held, list | tuple) and len(held) <= MOST_PARTS:
        own = [_copied(part, memo) for part in held]
        same = all(a is b for a, b in zip(own, held, strict=True))
        return held if same else list(own) if isinstance(held, list) else tuple(own)
    if isinstance(held, dict) and len(held) <= MOST_PARTS:
        table = {k: _copied(v, memo) for k, v in held.items()}
        return held if all(table[k] is held[k] for k in held) else table
    if isinstance(held, types.FunctionType):
        return _function(held, memo)
    fields = getattr(held, "__dict__", None)
    if isinstance(held, type | types.ModuleType) or not isinstance(fields, dict):
        return held
    if len(fields) > MOST_PARTS:
        return held
    memo[id(held)] = held  # one that holds itself ends here
    own_fields = {k: _copied(v, memo) for k, v in fields.items()}
    if all(own_fields[k] is fields[k] for k in fields):
        return held
    own = copy.copy(held)
    own.__dict__.update(own_fields)
    memo[id(held)] = own
    return own


def _has_part(parts: Iterable[Any], memo: dict[int, Any]) -> bool:
    return any(id(part) in memo for part in parts)
