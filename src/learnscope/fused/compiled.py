"""The compiled training, kept on disk between processes.

One build for each number type. The build is stored in the user's cache folder (or the one that
NUMBA_CACHE_DIR names, or a temporary one), never in the package, which may be read-only. It
belongs to the text of every file of this folder: Numba by itself looks at one file only and would
go on using a build whose other parts have changed.
"""

from __future__ import annotations

import gc
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import types as numba_types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

from learnscope.fused.driver import train

types: Any = numba_types
_LOCK = threading.Lock()


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
    _locator_classes: Any = [_Locator]  # noqa: RUF012


class _Cache(FunctionCache):
    """A cache that may fail: a broken file is written anew, a full disk is no reason to stop."""

    _impl_class = _Impl

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError:
            return


def _signature(dtype: np.dtype[Any]) -> Any:
    number = {"float32": types.float32, "float64": types.float64}[dtype.name]
    whole, real = types.int64, types.float64
    part = types.Tuple((number[:, ::1], number[:, ::1], number[::1]))
    return types.int64(
        number[::1], whole[:, ::1], whole[::1], real[::1], types.uint64[::1],
        types.UniTuple(part, 3), whole[::1], real[::1], types.uint8[::1], real[:, ::1],
        whole[::1], real[::1],
    )  # fmt: skip


@cache
def _dispatcher() -> Any:
    dispatcher: Any = train
    make: Any = _Cache
    dispatcher._cache = make(dispatcher.py_func)
    return dispatcher


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


def is_ready(dtype: np.dtype[Any]) -> bool:
    """Return whether the training for this number type is loaded."""
    signatures: Any = train.signatures
    return any(sig[0].dtype.name == dtype.name for sig in signatures)


def build(dtype: np.dtype[Any]) -> Any:
    """Return the compiled training for float32 or float64, from the disk or built now."""
    with _LOCK:
        dispatcher = _dispatcher()
        if not is_ready(dtype):
            with _without_garbage_collection():
                dispatcher.compile(_signature(dtype))
    return dispatcher
