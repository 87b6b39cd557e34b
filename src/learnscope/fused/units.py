"""Compiled functions that stand alone and find each other through a table of addresses.

Numba builds a function together with everything it calls, again at every level of calls. Here
every function of some size is a unit: it is built once, by itself, and calls others through a
table of addresses, `calls`. So a training needs only the units that it uses, its activation, its
loss, its optimiser, and a first build takes a few seconds instead of half a minute. A call through
the table costs two nanoseconds.

In a unit's signature, a name decides the type, see `TYPES`; a name that is not there is an int64,
mostly an offset into the workspace `ws`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import types as numba_types

from learnscope.fused.decorators import FAST, intrinsic

types: Any = numba_types

NUMBER = "number"
NUMBERS = "numbers"
TYPES: dict[str, Any] = {
    "calls": types.CPointer(types.int64),  # addresses of the units
    "ws": NUMBERS,  # the workspace
    "x": NUMBERS,  # features (n, d) of a part
    "y": NUMBERS,  # targets (n, k)
    "row_weight": NUMBERS,  # (n,)
    "layers": types.CPointer(types.int64),  # (l, N_LAYER_COLUMNS)
    "whole": types.CPointer(types.int64),  # settings and offsets
    "real": types.CPointer(types.float64),  # settings
    "parts": types.CPointer(types.int64),  # rows and addresses of the parts
    "order": types.CPointer(types.int64),  # (n,)
    "keys": types.CPointer(types.uint64),  # of order and dropout
    "rates": types.CPointer(types.float64),  # (epochs,)
    "events": types.CPointer(types.uint8),  # (epochs + 1,)
    "history": types.CPointer(types.float64),  # (t, 11)
    "control": types.CPointer(types.int64),  # shared with the thread that watches
    "told": types.CPointer(types.float64),  # what the training tells besides
    "key": types.uint64,
    "rate": types.float64,
    "scale": types.float64,
    "loss": types.float64,
    "norm": types.float64,
    "p": types.float64,
    "parameter": types.float64,
}
RETURNS: dict[str, Any] = {"nothing": types.void, "whole": types.int64, "real": types.float64}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Unit:
    """One function that is compiled by itself.

    Attributes:
        slot: its place in the table of addresses.
        name: what the build is called on the disk.
        function: what is compiled.
        returns: a name of `RETURNS`.
        fast: whether sums may be reordered and products contracted, see `FAST`.
    """

    slot: int
    name: str
    function: Callable[..., Any]
    returns: str
    fast: bool

    def signature(self, number: Any) -> Any:
        """Return the types for a workspace of this number type."""
        names = inspect.signature(self.function).parameters
        return RETURNS[self.returns](*[_type_of(name, number) for name in names])

    def options(self) -> dict[str, Any]:
        """Return the options of the compiler."""
        return {"error_model": "numpy", "fastmath": FAST if self.fast else False}


UNITS: dict[int, Unit] = {}
"""All units by their slots; filled while the files that define them are imported."""


def _type_of(name: str, number: Any) -> Any:
    kind = TYPES.get(name, types.int64)
    if kind == NUMBERS:
        return types.CPointer(number)
    return number if kind == NUMBER else kind


def unit(slot: int, *, returns: str = "nothing", fast: bool = False) -> Callable[[Any], Any]:
    """Make a function a unit; what comes back calls it from inside other units."""

    def decorate(function: Any) -> Any:
        _register(slot, function.__name__.strip("_"), function, returns, fast)
        return _caller(function, slot, returns, None)

    return decorate


def group(slot: int, *, returns: str = "nothing") -> Callable[[Any], Any]:
    """Make a function the pattern of units of which a code picks one while the training runs.

    What comes back calls, with the code after `calls`, the unit in the place `slot` + code; `add`
    puts units there.
    """
    return lambda like: _caller(like, slot, returns, "code")


def add(
    slot: int, name: str, function: Any, *, returns: str = "nothing", fast: bool = True
) -> None:
    """Make a function a unit of a group."""
    _register(slot, name, function, returns, fast)


def _register(slot: int, name: str, function: Any, returns: str, fast: bool) -> None:
    assert slot not in UNITS, f"two units in slot {slot}"
    # Numba names the file of a build after the function, and made functions share one name.
    function.__qualname__ = name
    UNITS[slot] = Unit(slot=slot, name=name, function=function, returns=returns, fast=fast)


def _caller(like: Any, slot: int, returns: str, code: str | None) -> Any:
    """Return what stands for the call in compiled code: an indirect call through the table."""
    names = list(inspect.signature(like).parameters)
    shown = [names[0], *([code] if code else []), *names[1:]]

    def call(typingctx: Any, *args: Any) -> Any:
        number = args[1 + bool(code)].dtype
        kinds = [_type_of(name, number) for name in names]
        signature = RETURNS[returns](kinds[0], *([types.int64] if code else []), *kinds[1:])

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            index = ir.Constant(ir.IntType(64), slot)
            if code:
                index, args = builder.add(index, args[1]), [args[0], *args[2:]]
            result, convention = RETURNS[returns], context.call_conv
            kind = convention.get_function_type(result, kinds).as_pointer()
            address = builder.load(builder.gep(args[0], [index]))
            # No unit can raise, so that the status needs no look.
            _, value = convention.call_function(
                builder, builder.inttoptr(address, kind), result, kinds, args
            )
            return context.get_dummy_value() if returns == "nothing" else value

        return signature, codegen

    wanted = [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in shown]
    first = inspect.Parameter("typingctx", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    call.__signature__ = inspect.Signature([first, *wanted])  # type: ignore[attr-defined]
    call.__name__ = like.__name__
    return intrinsic(call)
