"""The compiled units of the training, kept on disk between processes.

One build for each unit and number type, made when a training first needs it. The builds are
stored in the user's cache folder (or the one that NUMBA_CACHE_DIR names, or a temporary one), never
in the package, which may be read-only. They belong to the text of every file of this folder: Numba
by itself looks at one file only and would go on using a build whose other parts have changed.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import os
import pickle
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numba import types as numba_types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.core.serialize import dumps

from learnscope.arrays import Array, Ints
from learnscope.fused import codes
from learnscope.fused import training as training  # brings all units with it
from learnscope.fused.units import UNITS, Unit

types: Any = numba_types
_LOCK = threading.Lock()
_LOADED: dict[tuple[str, int], Any] = {}
"""Units in memory, by number type and slot."""


@cache
def _sources() -> str:
    """Return a hash of the text of this folder and of the compiler's version."""
    import numba

    total = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()


def cache_folder() -> Path:
    """Return the folder of the builds, the first that can be written to."""
    import platformdirs

    asked = os.environ.get("NUMBA_CACHE_DIR")
    user = Path(platformdirs.user_cache_dir("learnscope")) / "fused"
    temporary = Path(tempfile.gettempdir()) / f"learnscope-fused-{os.getuid()}"
    for folder in ([Path(asked) / "learnscope-fused"] if asked else []) + [user, temporary]:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Builds are code: a folder of somebody else's is not used.
            if folder.stat().st_uid != os.getuid():
                continue
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="learnscope-fused-"))


class _Locator(_CacheLocator):
    """Tells Numba where builds are and which sources they belong to."""

    def __init__(self, path: str) -> None:
        self._py_file = path

    def get_cache_path(self) -> str:
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        return _sources()

    def get_disambiguator(self) -> str:
        return "1"

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> _Locator:
        return cls(py_file)


class _Impl(CompileResultCacheImpl):
    """Keeps a build with the stamp of its sources and its own checksum.

    Numba looks at the stamp of the index alone, which is written before the build: a process that
    is killed between the two, or a full disk, leaves an older build behind a new index.
    """

    _locator_classes: Any = [_Locator]  # noqa: RUF012

    def reduce(self, cres: Any) -> Any:
        payload = dumps(super().reduce(cres))
        return _sources(), hashlib.sha256(payload).hexdigest(), payload

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        stamp, checksum, content = payload
        if (stamp, checksum) != (_sources(), hashlib.sha256(content).hexdigest()):
            raise ValueError("a stale or damaged build")
        return super().rebuild(target_context, pickle.loads(content))


class _Cache(FunctionCache):
    """A cache that may fail: a broken file is written anew, a full disk is no reason to stop."""

    _impl_class = _Impl

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        # The stamp of the sources stands for the text of the function.
        return sig, codegen.magic_tuple()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            build = super().load_overload(sig, target_context)
        except Exception:
            return None
        # Two processes that began the index at once may have given two builds one file.
        return build if build is not None and build.signature == sig else None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError:
            return
        except Exception:
            # An index that cannot be read is begun anew.
            with suppress(OSError):
                self.flush()
                super().save_overload(sig, data)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Building makes millions of small objects that stay; looking for garbage costs a fifth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def is_ready(dtype: np.dtype[Any], slots: Iterable[int]) -> bool:
    """Return whether these units are loaded for this number type."""
    name = dtype.name
    return all((name, slot) in _LOADED for slot in slots)


def build(dtype: np.dtype[Any], slots: Iterable[int] | None = None) -> Ints:
    """Return the addresses of these units, from the disk or built now; 0 for all others.

    Without `slots` it is all units there are.
    """
    slots, name = tuple(UNITS if slots is None else slots), dtype.name
    if not is_ready(dtype, slots):
        with _LOCK, _without_garbage_collection():
            for slot in slots:
                if (name, slot) not in _LOADED:
                    _LOADED[name, slot] = _load(UNITS[slot], dtype)
    table = np.zeros(codes.N_CALLS, np.int64)
    for slot in slots:
        table[slot] = _LOADED[name, slot][0]
    return table


def _load(unit: Unit, dtype: np.dtype[Any]) -> Any:
    """Return the address of the unit and what keeps it there.

    It is loaded where the disk has it, else built and put there.
    """
    number = {"float32": types.float32, "float64": types.float64}[dtype.name]
    compiled: Any = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **unit.options())(
        unit.function
    )
    make: Any = _Cache
    compiled._cache = make(unit.function)
    compiled.compile(unit.signature(number))
    (result,) = compiled.overloads.values()
    return result.library.get_pointer_to_function(result.fndesc.llvm_func_name), compiled


def call(table: Ints, arrays: Sequence[Array]) -> int:
    """Run the compiled training; the lock of the interpreter is free meanwhile."""
    # Numba's convention: a status comes back, what is returned is written to the first place,
    # and the second is for an exception, which there cannot be.
    end, nothing = ctypes.c_int64(), ctypes.c_void_p()
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * (len(arrays) + 3))
    status = kind(int(table[codes.TRAIN]))(
        ctypes.addressof(end), ctypes.addressof(nothing), *(a.ctypes.data for a in (table, *arrays))
    )
    assert status == 0
    return end.value
