"""What PyTorch's optimisers remember between updates, as plain named arrays and back.

Names are "<parameter>.<slot>" for what is kept for each parameter, and "lbfgs.<slot>" for the
curvature pairs of L-BFGS, which belong to the whole network. Counters are float64, which holds
them exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.training.optimizers.base import Optimizer
from learnscope.training.optimizers.lbfgs import Lbfgs

if TYPE_CHECKING:
    import torch

Shapes = Mapping[str, tuple[int, ...]]
Layout = dict[str, tuple[tuple[int, ...], str]]
"""Name -> (shape, dtype)."""

_COUNTERS = ("func_evals", "n_iter")
_NUMBERS = ("t", "prev_loss", "H_diag")
_VECTORS = ("d", "prev_flat_grad")
_PAIRS = ("old_dirs", "old_stps")


def pack(optimizer: torch.optim.Optimizer, names: Mapping[str, torch.Tensor]) -> dict[str, Array]:
    """Return copies of all that the optimiser remembers; {} before the first update."""
    import torch

    if isinstance(optimizer, torch.optim.LBFGS):
        return _pack_lbfgs(optimizer.state[next(iter(names.values()))])
    result: dict[str, Array] = {}
    for name, parameter in names.items():
        for slot, value in optimizer.state.get(parameter, {}).items():
            if value is not None:
                dtype = np.float64 if slot == "step" else None
                result[f"{name}.{slot}"] = np.array(value.numpy(), dtype=dtype)
    return result


def unpack(
    optimizer: torch.optim.Optimizer,
    names: Mapping[str, torch.Tensor],
    arrays: Mapping[str, Array],
) -> None:
    """Give a fresh optimiser the memory that `pack` returned."""
    import torch

    if isinstance(optimizer, torch.optim.LBFGS):
        optimizer.state[next(iter(names.values()))].update(_unpack_lbfgs(arrays))
        return
    for key, value in arrays.items():
        name, slot = key.rsplit(".", 1)
        dtype = torch.float32 if slot == "step" else None
        optimizer.state[names[name]][slot] = torch.tensor(value, dtype=dtype)


def layout(optimizer: Optimizer, shapes: Shapes, dtype: str, arrays: Mapping[str, Any]) -> Layout:
    """Return name, shape and dtype of every array that `pack` gives after some updates.

    `arrays` are the names at hand with their shapes: L-BFGS may hold any number of pairs up to
    its `history`, and only counters where it had nothing to do.
    """
    if isinstance(optimizer, Lbfgs):
        return _layout_lbfgs(optimizer, shapes, dtype, arrays)
    return {
        f"{name}.{slot}": ((), "float64") if slot == "step" else (shape, dtype)
        for name, shape in shapes.items()
        for slot in optimizer.slots()
    }


def _layout_lbfgs(
    optimizer: Lbfgs, shapes: Shapes, dtype: str, arrays: Mapping[str, Any]
) -> Layout:
    size = sum(int(np.prod(shape)) for shape in shapes.values())
    result: Layout = {f"lbfgs.{slot}": ((), "float64") for slot in _COUNTERS}
    if "lbfgs.ro" not in arrays:
        return result
    m = min(int(np.prod(arrays["lbfgs.ro"])), optimizer.history)
    result |= {f"lbfgs.{slot}": ((), "float64") for slot in _NUMBERS}
    result |= {f"lbfgs.{slot}": ((size,), dtype) for slot in _VECTORS}
    result |= {f"lbfgs.{slot}": ((m, size), dtype) for slot in _PAIRS}
    return result | {"lbfgs.ro": ((m,), dtype)}


def _pack_lbfgs(state: Mapping[str, Any]) -> dict[str, Array]:
    # PyTorch makes the entry when it is looked at: empty before the first update.
    if not state:
        return {}
    result = {slot: np.array(float(state[slot])) for slot in _COUNTERS}
    if "d" in state:
        size = state["d"].numel()
        dtype = state["d"].numpy().dtype
        result |= {slot: np.array(float(state[slot])) for slot in _NUMBERS}
        result |= {slot: state[slot].numpy().copy() for slot in _VECTORS}
        for slot in _PAIRS:
            rows = [row.numpy() for row in state[slot]]
            result[slot] = np.array(rows, dtype=dtype).reshape(len(rows), size)
        result["ro"] = np.array([float(r) for r in state["ro"]], dtype=dtype)
    return {f"lbfgs.{slot}": value for slot, value in result.items()}


def _unpack_lbfgs(arrays: Mapping[str, Array]) -> dict[str, Any]:
    import torch

    if not arrays:
        return {}
    given = {key.removeprefix("lbfgs."): value for key, value in arrays.items()}
    state: dict[str, Any] = {slot: int(given[slot]) for slot in _COUNTERS}
    if "d" in given:
        # A 0-d tensor in the place of a Python number, or the other way round, gives the same
        # bits: PyTorch rounds either to the type of the vector that it multiplies.
        state |= {slot: float(given[slot]) for slot in _NUMBERS}
        state |= {slot: torch.tensor(given[slot]) for slot in _VECTORS}
        # One tensor each, as PyTorch drops the oldest from the list.
        state |= {slot: [torch.tensor(row) for row in given[slot]] for slot in _PAIRS}
        state["ro"] = list(torch.tensor(given["ro"]))
    return state
