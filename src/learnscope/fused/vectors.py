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


class _Emitter:
    """Writes instructions on one workspace array."""

    def __init__(self, context: Any, builder: Any, array_type: Any, array: Any) -> None:
        self.builder = builder
        self.scalar = context.get_value_type(array_type.dtype)
        self.lanes = VECTOR_BYTES // (array_type.dtype.bitwidth // 8)
        self.align = array_type.dtype.bitwidth // 8
        self.vector = ir.VectorType(self.scalar, self.lanes)
        self.data = context.make_array(array_type)(context, builder, array).data
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

    def loop(self, count: Any, sums: list[Any], body: Any) -> list[Any]:
        """Run `body(i, sums) -> sums` for i in 0..count-1, the sums in registers."""
        builder = self.builder
        start = builder.basic_block
        head = builder.append_basic_block("tile.head")
        inside = builder.append_basic_block("tile.body")
        done = builder.append_basic_block("tile.done")
        builder.branch(head)
        builder.position_at_end(head)
        i = builder.phi(self.int)
        i.add_incoming(self.constant(0), start)
        phis = [builder.phi(s.type) for s in sums]
        for phi, s in zip(phis, sums, strict=True):
            phi.add_incoming(s, start)
        builder.cbranch(builder.icmp_signed("<", i, count), inside, done)
        builder.position_at_end(inside)
        new = body(i, phis)
        end = builder.basic_block
        i.add_incoming(builder.add(i, self.constant(1)), end)
        for phi, s in zip(phis, new, strict=True):
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
        emit = _Emitter(context, builder, signature.args[0], args[0])
        return emit.load(args[1], 1)

    return array.dtype(array, types.int64), codegen


@intrinsic
def poke(typingctx, array, offset, value):
    """Write a number at an offset; no wrap-around, no check."""

    def codegen(context, builder, signature, args):
        emit = _Emitter(context, builder, signature.args[0], args[0])
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
def watched(typingctx, array, offset):
    """Return an int64 that another thread may write at any time."""

    def codegen(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.load_atomic(builder.gep(data, [args[1]]), "monotonic", 8)

    return types.int64(array, types.int64), codegen


def _product_tile(n_units: int, n_vectors: int) -> Any:
    """Return a compiled function for a tile of `n_units` x `n_vectors` vectors of rows.

    out[j, r] = start[j] + sum_k w[j, k] a[k, r]
    """

    @intrinsic
    def tile(typingctx, array, out, start, w, w_unit, w_input, a, stride, n_inputs):
        def codegen(context, builder, signature, args):
            emit = _Emitter(context, builder, signature.args[0], args[0])
            out, start, w, w_unit, w_input, a, stride, n_inputs = args[1:]
            units = [emit.constant(j) for j in range(n_units)]
            rows = [emit.constant(v * emit.lanes) for v in range(n_vectors)]
            of_unit = [emit.at(w, emit.times(j, w_unit)) for j in units]

            def body(k: Any, sums: list[Any]) -> list[Any]:
                base = emit.at(a, emit.times(k, stride))
                vectors = [emit.load(emit.at(base, r)) for r in rows]
                shift, new = emit.times(k, w_input), []
                for j in range(n_units):
                    weight = emit.splat(emit.load(emit.at(of_unit[j], shift), 1))
                    for v, vector in enumerate(vectors):
                        new.append(emit.multiply_add(weight, vector, sums[j * n_vectors + v]))
                return new

            first = [emit.splat(emit.load(emit.at(start, j), 1)) for j in units]
            sums = emit.loop(n_inputs, [s for s in first for _ in rows], body)
            for j in range(n_units):
                base = emit.at(out, emit.times(units[j], stride))
                for v in range(n_vectors):
                    emit.store(sums[j * n_vectors + v], emit.at(base, rows[v]))
            return context.get_dummy_value()

        return _signature(array, 8), codegen

    return tile


def _gradient_tile(n_units: int, n_inputs: int) -> Any:
    """Return a compiled function that adds a tile of the weights' gradient.

    g[j, k] += sum_r d[j, r] a[k, r], over `n_vectors` vectors of rows.
    """

    @intrinsic
    def tile(typingctx, array, g, g_unit, d, a, stride, n_vectors):
        def codegen(context, builder, signature, args):
            emit = _Emitter(context, builder, signature.args[0], args[0])
            g, g_unit, d, a, stride, n_vectors = args[1:]
            of_unit = [emit.at(d, emit.times(emit.constant(j), stride)) for j in range(n_units)]
            of_input = [emit.at(a, emit.times(emit.constant(k), stride)) for k in range(n_inputs)]

            def body(i: Any, sums: list[Any]) -> list[Any]:
                shift = emit.times(i, emit.constant(emit.lanes))
                left = [emit.load(emit.at(o, shift)) for o in of_unit]
                right = [emit.load(emit.at(o, shift)) for o in of_input]
                pairs = [(x, y) for x in left for y in right]
                return [emit.multiply_add(x, y, s) for (x, y), s in zip(pairs, sums, strict=True)]

            zeros = [emit.zeros() for _ in range(n_units * n_inputs)]
            sums = emit.loop(n_vectors, zeros, body)
            places = [
                emit.at(g, emit.times(emit.constant(j), g_unit), emit.constant(k))
                for j in range(n_units)
                for k in range(n_inputs)
            ]
            _add_sums(emit, sums, places, n_inputs == 4)
            return context.get_dummy_value()

        return _signature(array, 6), codegen

    return tile


def _add_sums(emit: _Emitter, sums: list[Any], places: list[Any], side_by_side: bool) -> None:
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


def _sum_tile(n_units: int) -> Any:
    """Return a compiled function that adds row sums: g[j] += sum_r d[j, r]."""

    @intrinsic
    def tile(typingctx, array, g, d, stride, n_vectors):
        def codegen(context, builder, signature, args):
            emit = _Emitter(context, builder, signature.args[0], args[0])
            g, d, stride, n_vectors = args[1:]
            of_unit = [emit.at(d, emit.times(emit.constant(j), stride)) for j in range(n_units)]

            def body(i: Any, sums: list[Any]) -> list[Any]:
                shift = emit.times(i, emit.constant(emit.lanes))
                return [
                    builder.fadd(s, emit.load(emit.at(o, shift)))
                    for o, s in zip(of_unit, sums, strict=True)
                ]

            sums = emit.loop(n_vectors, [emit.zeros() for _ in of_unit], body)
            places = [emit.at(g, emit.constant(j)) for j in range(n_units)]
            _add_sums(emit, sums, places, n_units == 4)
            return context.get_dummy_value()

        return _signature(array, 4), codegen

    return tile


product_4x2 = _product_tile(4, 2)
product_4x1 = _product_tile(4, 1)
product_1x4 = _product_tile(1, 4)
product_1x1 = _product_tile(1, 1)
gradient_4x4 = _gradient_tile(4, 4)
gradient_4x1 = _gradient_tile(4, 1)
gradient_1x4 = _gradient_tile(1, 4)
gradient_1x1 = _gradient_tile(1, 1)
sums_4 = _sum_tile(4)
sums_1 = _sum_tile(1)


@intrinsic
def lanes(typingctx, array):
    """Return the numbers in a vector of the array's type."""

    def codegen(context, builder, signature, args):
        n = VECTOR_BYTES // (array.dtype.bitwidth // 8)
        return cgutils.intp_t(n)

    return types.intp(array), codegen
