"""The most multiply-adds that this core does: nothing but fused multiply-adds in registers."""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False

import time
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, types
from numba.core import cgutils

from learnscope.fused.vectors import VECTOR_BYTES

LANES = VECTOR_BYTES // 4
CHAINS = 12
"""Sums that do not wait for each other. Two units with a latency of four cycles need eight, and
with the two operands twelve fit into the sixteen registers of processors without AVX-512."""
intrinsic: Any = extending.intrinsic


@intrinsic
def _chains(typingctx, array, n):
    """Do x = x a + b, n times, on CHAINS vectors x; a and b are the array's first two vectors."""

    def codegen(context, builder, signature, args):
        vector = ir.VectorType(ir.FloatType(), LANES)
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        kind = ir.FunctionType(vector, [vector] * 3)
        fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")

        def place(i):
            pointer = builder.gep(data, [ir.Constant(ir.IntType(64), i * LANES)])
            return builder.bitcast(pointer, vector.as_pointer())

        a, b, *first = (builder.load(place(i), align=4) for i in range(CHAINS + 2))
        sums = [cgutils.alloca_once_value(builder, x) for x in first]
        with cgutils.for_range(builder, args[1]):
            for x in sums:
                builder.store(builder.call(fma, [builder.load(x), a, b]), x)
        for i, x in enumerate(sums):
            builder.store(builder.load(x), place(i + 2), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64), codegen


@njit(nogil=True)
def _burn(array, n):
    _chains(array, n)


def peak(seconds: float = 0.1) -> float:
    """Return float32 operations per second of this core, two for each multiply-add."""
    # 0.5 x + 0.5 stays between its start and 1: no overflow and nothing denormal.
    numbers = np.full((CHAINS + 2) * LANES, 0.5, np.float32)
    n = 1000
    _burn(numbers, n)  # compiled here
    while (took := _seconds(numbers, n)) < seconds / 2:
        n *= 4
    n = int(n * seconds / took)
    return 2 * LANES * CHAINS * n / min(_seconds(numbers, n) for _ in range(3))


def _seconds(numbers: Any, n: int) -> float:
    start = time.process_time()
    _burn(numbers, n)
    return time.process_time() - start
