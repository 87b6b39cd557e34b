"""The two ways in which small functions of this folder are compiled; the large ones are units."""

from typing import Any

from numba import extending, njit

FAST = {"nsz", "arcp", "contract", "afn", "reassoc"}
"""What the compiler may do with sums and products. Neither nnan nor ninf: a number that is not
finite must be seen."""

kernel: Any = njit(error_model="numpy", fastmath=FAST, no_cpython_wrapper=True)
"""A loop over many numbers that several units share: a function of its own."""

inlined: Any = njit(error_model="numpy", inline="always")
"""A few lines, put into their callers before compilation."""

intrinsic: Any = extending.intrinsic
"""Writes LLVM's instructions itself."""

overload: Any = extending.overload
"""Chooses an implementation by the number type."""
