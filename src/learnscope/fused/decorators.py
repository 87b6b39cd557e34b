"""The two ways in which functions of this folder are compiled."""

from typing import Any

from numba import extending, njit

FAST = {"nsz", "arcp", "contract", "afn", "reassoc"}
"""What the compiler may do with sums and products. Neither nnan nor ninf: a number that is not
finite must be seen."""

kernel: Any = njit(error_model="numpy", fastmath=FAST)
"""A loop over many numbers: a function of its own."""

plain: Any = njit(error_model="numpy")
"""A function of its own that computes exactly as it is written."""

inlined: Any = njit(error_model="numpy", inline="always")
"""Put into its callers before compilation. Numba builds every other function to the end at every
level of calls above it, so that deep calls cost a multiple of their compile time."""

intrinsic: Any = extending.intrinsic
"""Writes LLVM's instructions itself."""

overload: Any = extending.overload
"""Chooses an implementation by the number type."""
