"""Types of arrays, for annotations, and arrays that PyTorch can take without a copy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Ints = NDArray[np.int64]

ALIGNMENT = 64
"""Bytes: a line of the processor's cache, and what PyTorch gives its own tensors."""


def aligned_rows(n: int, d: int) -> Array:
    """Return an array (n, d) float32, not filled, that begins at a line of the cache.

    PyTorch can then work on it in place, with the same bits as on a copy of its own.
    """
    raw = np.empty(n * d * 4 + ALIGNMENT, dtype=np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + n * d * 4].view(np.float32).reshape(n, d)
