"""Vector instructions for the compiled trainer: loads, tiles of matrix products, row sums.

Everything a training touches lies in one flat workspace and is named by its offset. Matrices of
activations are (width, stride): a unit's values on all rows lie side by side, and a vector holds
one unit's values on several rows. The functions here write LLVM's vector instructions directly,
for two reasons: sums stay in registers over the whole inner loop, which no compiler finds out by
itself; and offsets need no check for wrap-around.

A tile takes J units at a time, so that a loaded vector is used J times; J and the number of
vectors are chosen so that the sums fill the registers but do not spill.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import platform
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils

from learnscope.fused.decorators import intrinsic


def _vector_bytes() -> int:
    """Return the width of this processor's vectors: 64, 32 or 16 bytes."""
    features = binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx2") else 16


VECTOR_BYTES = _vector_bytes()

HAS_32_REGISTERS = VECTOR_BYTES == 64 or platform.machine().lower() in {"aarch64", "arm64"}
"""Whether a tile may hold 16 sums beside what it multiplies: x86 has 32 vector registers with
AVX-512 only, 16 else."""


class Emitter:
    """Writes instructions on the workspace, a pointer to numbers."""

    def __init__(self, context: Any, builder: Any, array_type: Any, array: Any) -> None:
        self.builder = builder
        self.scalar = context.get_value_type(array_type.dtype)
        self.lanes = VECTOR_BYTES // (array_type.dtype.bitwidth // 8)
        self.align = array_type.dtype.bitwidth // 8
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.data = array
        self.int = ir.IntType(64)

    def constant(self, value: int) -> Any:
        return ir.Constant(self.int, value)

    def at(self, *terms: Any) -> Any:
        """Return the sum of offsets."""
        total = terms[0]
        for term in terms[1:]:
            total = self.builder.add(total, term)
        return total

    def times(self, a: Any, b: Any) -> Any:
        return self.builder.mul(a, b)

    def load(self, offset: Any, lanes: int | None = None) -> Any:
        pointer = self._pointer(offset, lanes)
        return self.builder.load(pointer, align=self.align)

    def store(self, value: Any, offset: Any, lanes: int | None = None) -> None:
        self.builder.store(value, self._pointer(offset, lanes), align=self.align)

    def _pointer(self, offset: Any, lanes: int | None) -> Any:
        pointer = self.builder.gep(self.data, [offset])
        if lanes == 1:
            return pointer
        kind = ir.VectorType(self.scalar, lanes or self.lanes)
        return self.builder.bitcast(pointer, kind.as_pointer())

    def splat(self, value: Any) -> Any:
        """Return a vector with the value in every lane."""
        one = self.builder.insert_element(
            ir.Constant(self.vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
        )
        return self.shuffle(one, one, [0] * self.lanes)

    def shuffle(self, a: Any, b: Any, lanes: list[int]) -> Any:
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
        return self.builder.shuffle_vector(a, b, mask)

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """Return a b + c, in one rounding where the processor can."""
        name = f"llvm.fmuladd.v{self.lanes}f{8 * self.align}"
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [a, b, c])

    def zeros(self) -> Any:
        return ir.Constant(self.vector, None)

    def opaque(self, offset: Any) -> Any:
        """Return the offset, as something that the compiler knows nothing about.

        It would unroll the loops of the tiles and keep an address for every load of every
        repetition, far more than there are registers: a quarter of the time went into moving them.
        """
        kind = ir.FunctionType(self.int, [self.int])
        return self.builder.asm(kind, "", "=r,0", [offset], False)

    def loop(self, count: Any, steps: list[Any], sums: list[Any], body: Any) -> list[Any]:
        """Run `body(offsets, sums) -> sums` `count` times, the sums in registers.

        The offsets begin at 0 and grow by the `steps`.
        """
        builder = self.builder
        start = builder.basic_block
        head = builder.append_basic_block("tile.head")
        inside = builder.append_basic_block("tile.body")
        done = builder.append_basic_block("tile.done")
        builder.branch(head)
        builder.position_at_end(head)
        left = builder.phi(self.int)
        left.add_incoming(count, start)
        phis = [builder.phi(s.type) for s in sums]
        offsets = [builder.phi(self.int) for _ in steps]
        for phi, s in zip(phis + offsets, sums + [self.constant(0)] * len(steps), strict=True):
            phi.add_incoming(s, start)
        builder.cbranch(builder.icmp_signed(">", left, self.constant(0)), inside, done)
        builder.position_at_end(inside)
        here = [self.opaque(offset) for offset in offsets]
        new = body(here, phis)
        new += [builder.add(offset, step) for offset, step in zip(here, steps, strict=True)]
        end = builder.basic_block
        left.add_incoming(builder.sub(left, self.constant(1)), end)
        for phi, s in zip(phis + offsets, new, strict=True):
            phi.add_incoming(s, end)
        builder.branch(head)
        builder.position_at_end(done)
        return phis

    def four_sums(self, a: Any, b: Any, c: Any, d: Any) -> Any:
        """Return a vector of four: the sums over the lanes of four vectors."""
        pairs = self._halved(self._halved(a, b, 1), self._halved(c, d, 1), 2)
        lanes = self.lanes
        while lanes > 4:
            lanes //= 2
            low = self.shuffle(pairs, pairs, list(range(lanes)))
            high = self.shuffle(pairs, pairs, list(range(lanes, 2 * lanes)))
            pairs = self.builder.fadd(low, high)
        return pairs

    def _halved(self, a: Any, b: Any, size: int) -> Any:
        """Add neighbouring groups of `size` lanes of a and of b; the results alternate."""
        n = self.lanes
        low, high = [], []
        for start in range(0, n, 2 * size):
            for source in (0, n):
                low += [source + start + i for i in range(size)]
                high += [source + start + size + i for i in range(size)]
        return self.builder.fadd(self.shuffle(a, b, low), self.shuffle(a, b, high))

    def one_sum(self, a: Any) -> Any:
        """Return the sum over the lanes."""
        lanes = self.lanes
        while lanes > 1:
            lanes //= 2
            low = self.shuffle(a, a, list(range(lanes)))
            high = self.shuffle(a, a, list(range(lanes, 2 * lanes)))
            a = self.builder.fadd(low, high)
        return self.builder.extract_element(a, ir.Constant(ir.IntType(32), 0))


def _signature(array: Any, n: int) -> Any:
    return types.void(array, *[types.int64] * n)


@intrinsic
def peek(typingctx, array, offset):
    """Return the number at an offset; no wrap-around, no check."""

    def codegen(context, builder, signature, args):
        emit = Emitter(context, builder, signature.args[0], args[0])
        return emit.load(args[1], 1)

    return array.dtype(array, types.int64), codegen


@intrinsic
def poke(typingctx, array, offset, value):
    """Write a number at an offset; no wrap-around, no check."""

    def codegen(context, builder, signature, args):
        emit = Emitter(context, builder, signature.args[0], args[0])
        emit.store(args[2], args[1], 1)
        return context.get_dummy_value()

    return types.void(array, types.int64, array.dtype), codegen


@intrinsic
def number(typingctx, array, value):
    """Return the value in the number type of the array."""

    def codegen(context, builder, signature, args):
        return context.cast(builder, args[1], value, array.dtype)

    return array.dtype(array, value), codegen


@intrinsic
def as_numbers(typingctx, like, address):
    """Return the address, an int64, as a pointer of the same type as `like`."""

    def codegen(context, builder, signature, args):
        return builder.inttoptr(args[1], args[0].type)

    return like(like, types.int64), codegen


@intrinsic
def shifted(typingctx, pointer, offset):
    """Return the pointer, moved on by `offset` numbers."""

    def codegen(context, builder, signature, args):
        return builder.gep(args[0], [args[1]])

    return pointer(pointer, types.int64), codegen


@intrinsic
def watched(typingctx, array, offset):
    """Return an int64 that another thread may write at any time."""

    def codegen(context, builder, signature, args):
        return builder.load_atomic(builder.gep(args[0], [args[1]]), "monotonic", 8)

    return types.int64(array, types.int64), codegen


def product_tile(n_units: int, n_vectors: int, finish: Any) -> Any:
    """Return a compiled function for a tile of `n_units` x `n_vectors` vectors of rows.

    out[j, r] = finish(start[j] + sum_k w[j, k] a[k, r], at) where `finish(emit, value, at)` writes
    the instructions and `at` is the place in the matrix `gate` that is like `out`.
    """

    @intrinsic
    def tile(typingctx, array, out, start, w, w_unit, w_input, a, gate, stride, n_inputs):
        def codegen(context, builder, signature, args):
            emit = Emitter(context, builder, signature.args[0], args[0])
            out, start, w, w_unit, w_input, a, gate, stride, n_inputs = args[1:]
            units = [emit.constant(j) for j in range(n_units)]
            rows = [emit.constant(v * emit.lanes) for v in range(n_vectors)]
            of_unit = [emit.at(w, emit.times(j, w_unit)) for j in units]

            def body(offsets: list[Any], sums: list[Any]) -> list[Any]:
                base = emit.at(a, offsets[0])
                vectors = [emit.load(emit.at(base, r)) for r in rows]
                new = []
                for j in range(n_units):
                    weight = emit.splat(emit.load(emit.at(of_unit[j], offsets[1]), 1))
                    for v, vector in enumerate(vectors):
                        new.append(emit.multiply_add(weight, vector, sums[j * n_vectors + v]))
                return new

            first = [emit.splat(emit.load(emit.at(start, j), 1)) for j in units]
            steps = [stride, w_input]
            sums = emit.loop(n_inputs, steps, [s for s in first for _ in rows], body)
            for j in range(n_units):
                down = emit.times(units[j], stride)
                for v in range(n_vectors):
                    here = emit.at(down, rows[v])
                    value = finish(emit, sums[j * n_vectors + v], emit.at(gate, here))
                    emit.store(value, emit.at(out, here))
            return context.get_dummy_value()

        return _signature(array, 9), codegen

    return tile


def _gradient_tile(n_units: int, n_inputs: int, biases: bool = False) -> Any:
    """Return a compiled function that adds a tile of the gradient.

    g[j, k] += sum_r d[j, r] a[k, r] over `n_vectors` vectors of rows, and, with `biases`, also
    b[j] += sum_r d[j, r].
    """

    @intrinsic
    def tile(typingctx, array, g, g_unit, b, d, a, stride, n_vectors):
        def codegen(context, builder, signature, args):
            emit = Emitter(context, builder, signature.args[0], args[0])
            g, g_unit, b, d, a, stride, n_vectors = args[1:]
            of_unit = [emit.at(d, emit.times(emit.constant(j), stride)) for j in range(n_units)]
            of_input = [emit.at(a, emit.times(emit.constant(k), stride)) for k in range(n_inputs)]
            n_products = n_units * n_inputs

            def body(offsets: list[Any], sums: list[Any]) -> list[Any]:
                left = [emit.load(emit.at(o, offsets[0])) for o in of_unit]
                right = [emit.load(emit.at(o, offsets[0])) for o in of_input]
                pairs = [(x, y) for x in left for y in right]
                new = [
                    emit.multiply_add(x, y, s)
                    for (x, y), s in zip(pairs, sums[:n_products], strict=True)
                ]
                rest = zip(left, sums[n_products:], strict=False)
                return new + [builder.fadd(s, x) for x, s in rest]

            zeros = [emit.zeros() for _ in range(n_products + n_units * biases)]
            sums = emit.loop(n_vectors, [emit.constant(emit.lanes)], zeros, body)
            places = [
                emit.at(g, emit.times(emit.constant(j), g_unit), emit.constant(k))
                for j in range(n_units)
                for k in range(n_inputs)
            ]
            _add_sums(emit, sums[:n_products], places, n_inputs == 4)
            of_bias = [emit.at(b, emit.constant(j)) for j in range(n_units * biases)]
            _add_sums(emit, sums[n_products:], of_bias, True)
            return context.get_dummy_value()

        return _signature(array, 7), codegen

    return tile


def _add_sums(emit: Emitter, sums: list[Any], places: list[Any], side_by_side: bool) -> None:
    """Add the lane sums of each vector to its place."""
    builder, i = emit.builder, 0
    while i < len(sums):
        if i + 4 > len(sums) or emit.lanes < 4:
            total = builder.fadd(emit.load(places[i], 1), emit.one_sum(sums[i]))
            emit.store(total, places[i], 1)
            i += 1
            continue
        four = emit.four_sums(*sums[i : i + 4])
        if side_by_side:
            emit.store(builder.fadd(emit.load(places[i], 4), four), places[i], 4)
        else:
            for lane in range(4):
                part = builder.extract_element(four, ir.Constant(ir.IntType(32), lane))
                place = places[i + lane]
                emit.store(builder.fadd(emit.load(place, 1), part), place, 1)
        i += 4


GRADIENT_TILES = {
    (units, inputs, biases): _gradient_tile(units, inputs, biases)
    for units in (4, 1)
    for inputs in (4, 2, 1, 0)
    for biases in (False, True)
    if inputs or biases
}
"""Tiles of the gradient by units, inputs and whether they add up the biases too."""


@intrinsic
def lanes(typingctx, array):
    """Return the numbers in a vector of the array's type."""

    def codegen(context, builder, signature, args):
        n = VECTOR_BYTES // (array.dtype.bitwidth // 8)
        return cgutils.intp_t(n)

    return types.intp(array), codegen
