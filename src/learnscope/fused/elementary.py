"""exp, log, tanh, erf and sin for the compiled trainer.

In float32 they are branch-free polynomials, so that whole vectors are computed at once: a call
into the C library for every number costs more than the rest of a training. In float64 they are
the C library's own. Both carry NaN and infinity on, so that a training that diverges shows it.

Coefficients: least squares with Lawson's reweighting towards the smallest largest relative
error, at 2,000 to 4,000 Chebyshev nodes. Largest errors, which the tests measure: exp, log and
sin 3 units in the last place, tanh 4; erf 2e-7 in absolute terms.
"""

# Numba infers the types inside this file.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

import math

import numpy as np
from llvmlite import ir
from numba import njit, types

from learnscope.fused.decorators import intrinsic, overload

f4 = np.float32
ZERO, HALF, ONE, TWO, INFINITY = f4(0), f4(0.5), f4(1), f4(2), f4(np.inf)

# exp: x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts; exp r = 1 + r + r^2 P(r).
EXP_LOW, EXP_HIGH = f4(-87.0), f4(88.7)
INVERSE_LN2, LN2_HIGH, LN2_LOW = f4(1 / math.log(2)), f4(0.693359375), f4(-2.1219444e-4)
E0, E1, E2 = f4(0.4999999305515311), f4(0.16666514857032694), f4(0.04166845603397801)
E3, E4 = f4(0.008369410958939593), f4(0.001381315909995461)

# log: x = 2^n (1 + s) with 1 + s in sqrt(1/2) .. sqrt 2; log(1 + s) = s - s^2 / 2 + s^3 P(s).
L0, L1, L2 = f4(0.3333333178584496), f4(-0.25000821696149894), f4(0.20001220495939656)
L3, L4, L5 = f4(-0.16623326351290593), f4(0.14201887319224693), f4(-0.13160647687774288)
L6, L7 = f4(0.12760830561496758), f4(-0.07632208830353215)

# tanh x = x P(x^2) / Q(x^2) up to 8.6, where it is 1 in float32.
TANH_END = f4(8.6)
T0, T1, T2 = f4(0.9999999868615261), f4(0.1340685416626863), f4(0.003526375429682776)
T3, T4 = f4(2.1121911764153753e-05), f4(1.4081746710474959e-08)
U1, U2 = f4(0.46740175754139), f4(0.025993803126271066)
U3, U4 = f4(0.00033362257612009255), f4(8.070356015293615e-07)

# erf x = x P(x^2) / Q(x^2) up to 4, where it is 1 in float32.
ERF_END = f4(4.0)
F0, F1, F2 = f4(1.128379094603368), f4(0.20709252810289508), f4(0.05152033574810241)
F3, F4, F5 = f4(0.003989020031490068), f4(0.0001472380934617709), f4(-1.9419073440769457e-06)
F6 = f4(1.9107956863998187e-08)
G1, G2 = f4(0.5168622329687496), f4(0.11795701196157227)
G3, G4 = f4(0.014955083411052107), f4(0.0010206984222434544)

# sin: x = n pi + r in float64, |r| <= pi / 2, then sin r = r + r^3 P(r^2).
S0, S1 = f4(-0.16666659550545565), f4(0.008333066248678954)
S2, S3 = f4(-0.0001980960307081675), f4(2.6057809763347463e-06)
INVERSE_PI, PI_HIGH, PI_LOW = 1 / math.pi, math.pi, 1.2246467991473532e-16
SIN_END = 1e9


@intrinsic
def _two_to_the(typingctx, n):
    """Return 2^n for a whole float32 in -126..127."""

    def codegen(context, builder, signature, args):
        word = ir.IntType(32)
        exponent = builder.add(builder.fptosi(args[0], word), ir.Constant(word, 127))
        return builder.bitcast(builder.shl(exponent, ir.Constant(word, 23)), ir.FloatType())

    return types.float32(types.float32), codegen


def _exponent_bits(builder, bits):
    """Return n with x = 2^n m, m in sqrt(1/2) .. sqrt 2, from the bits of x."""
    word = ir.IntType(32)
    shifted = builder.sub(bits, ir.Constant(word, 0x3F3504F3))
    return builder.ashr(shifted, ir.Constant(word, 23))


@intrinsic
def _exponent(typingctx, x):
    def codegen(context, builder, signature, args):
        bits = builder.bitcast(args[0], ir.IntType(32))
        return builder.sitofp(_exponent_bits(builder, bits), ir.FloatType())

    return types.float32(types.float32), codegen


@intrinsic
def _mantissa(typingctx, x):
    def codegen(context, builder, signature, args):
        word = ir.IntType(32)
        bits = builder.bitcast(args[0], word)
        n = builder.shl(_exponent_bits(builder, bits), ir.Constant(word, 23))
        return builder.bitcast(builder.sub(bits, n), ir.FloatType())

    return types.float32(types.float32), codegen


# What stands below is for plain Python; compiled functions get the polynomials further down.


def exp(x):
    """Return e^x; below -87 it stays at 1.6e-38 in float32."""
    return math.exp(x)


def log(x):
    """Return the natural logarithm of x > 0 (float32: a normal number)."""
    return math.log(x)


def tanh(x):
    """Return the hyperbolic tangent."""
    return math.tanh(x)


def erf(x):
    """Return the error function."""
    return math.erf(x)


def sin(x):
    """Return the sine; beyond 1e9 float32 numbers are too far apart for it to have a meaning."""
    return math.sin(x)


def cos(x):
    """Return the cosine, see `sin`."""
    return math.cos(x)


# No `reassoc` here: it would join the two parts of ln 2 and of pi.
_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}


@overload(exp, jit_options=_OPTIONS)
def _exp(x):
    if x == types.float64:
        return lambda x: math.exp(x)

    def single(x):
        t = x if x > EXP_LOW else EXP_LOW  # also in the place of NaN
        t = t if t < EXP_HIGH else EXP_HIGH
        n = np.rint(t * INVERSE_LN2)
        r = t - n * LN2_HIGH
        r = r - n * LN2_LOW
        p = E0 + r * (E1 + r * (E2 + r * (E3 + r * E4)))
        # In two factors: n may be 128.
        half = np.rint(n * HALF)
        value = (ONE + (r + r * r * p)) * _two_to_the(half) * _two_to_the(n - half)
        return value if x < EXP_HIGH else x * INFINITY

    return single


@overload(log, jit_options=_OPTIONS)
def _log(x):
    if x == types.float64:
        return lambda x: math.log(x)

    def single(x):
        n, s = _exponent(x), _mantissa(x) - ONE
        p = L0 + s * (L1 + s * (L2 + s * (L3 + s * (L4 + s * (L5 + s * (L6 + s * L7))))))
        value = s - HALF * s * s + s * s * s * p
        value = n * LN2_HIGH + (value + n * LN2_LOW)
        return value if x < INFINITY else x

    return single


@overload(tanh, jit_options=_OPTIONS)
def _tanh(x):
    if x == types.float64:
        return lambda x: math.tanh(x)

    def single(x):
        t = TANH_END if x > TANH_END else x
        t = -TANH_END if t < -TANH_END else t
        u = t * t
        p = T0 + u * (T1 + u * (T2 + u * (T3 + u * T4)))
        q = ONE + u * (U1 + u * (U2 + u * (U3 + u * U4)))
        return t * p / q

    return single


@overload(erf, jit_options=_OPTIONS)
def _erf(x):
    if x == types.float64:
        return lambda x: math.erf(x)

    def single(x):
        t = ERF_END if x > ERF_END else x
        t = -ERF_END if t < -ERF_END else t
        u = t * t
        p = F0 + u * (F1 + u * (F2 + u * (F3 + u * (F4 + u * (F5 + u * F6)))))
        q = ONE + u * (G1 + u * (G2 + u * (G3 + u * G4)))
        return t * p / q

    return single


@njit(error_model="numpy", fastmath={"contract"})
def _sine(x, quarter):
    """Return sin(x + quarter pi) of a float32, quarter 0 or 1/2."""
    wide = np.float64(x)
    t = wide if abs(wide) < SIN_END else 0.0
    n = np.rint(t * INVERSE_PI + quarter)
    m = n - quarter
    r = np.float32((t - m * PI_HIGH) - m * PI_LOW)
    u = r * r
    value = r + r * u * (S0 + u * (S1 + u * (S2 + u * S3)))
    odd = n - 2.0 * np.floor(n * 0.5)
    value = -value if odd > 0.5 else value
    return value if abs(x) < INFINITY else x - x


@overload(sin, jit_options=_OPTIONS)
def _sin(x):
    if x == types.float64:
        return lambda x: math.sin(x)
    return lambda x: _sine(x, 0.0)


@overload(cos, jit_options=_OPTIONS)
def _cos(x):
    if x == types.float64:
        return lambda x: math.cos(x)
    return lambda x: _sine(x, 0.5)
