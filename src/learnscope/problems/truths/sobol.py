"""Sobol points: numbers that fill the unit cube more evenly than random ones.

Source: S. Joe, F. Kuo, "Constructing Sobol sequences with better two-dimensional projections",
SIAM Journal on Scientific Computing 30, 2008, with the direction numbers `new-joe-kuo-6.21201`
of its first ten dimensions. SciPy has many more, and is asked for points of more dimensions; its
import takes longer than the points do.
"""

import numpy as np

from learnscope.arrays import Array, Ints

_DIRECTIONS: tuple[tuple[int, tuple[int, ...]], ...] = (
    (0, (1,)),
    (1, (1, 3)),
    (1, (1, 3, 1)),
    (2, (1, 1, 1)),
    (1, (1, 1, 3, 3)),
    (4, (1, 3, 5, 13)),
    (2, (1, 1, 5, 5, 17)),
    (4, (1, 1, 5, 5, 5)),
    (7, (1, 1, 7, 11, 19)),
)
"""For each dimension after the first: the inner coefficients of its primitive polynomial as
bits, and the first direction numbers; there are as many as the degree of the polynomial."""


def sobol_points(n: int, d: int) -> Array:
    """Return at least n points in the open unit cube (2^j, d), the same in every call."""
    bits = (n - 1).bit_length()
    if d > 1 + len(_DIRECTIONS):
        from scipy.stats import qmc

        u = qmc.Sobol(d, scramble=False).random_base2(bits)
    else:
        u = np.stack([_coordinate(k, bits) for k in range(d)], axis=1) / 2**bits
    # The first point is the corner 0; half a step moves all of them inside.
    return np.asarray(u + 0.5 / 2**bits, dtype=np.float64)


def _coordinate(k: int, bits: int) -> Ints:
    """Return one coordinate of the 2^bits points (2^bits,) as whole multiples of 2^-bits."""
    points = np.zeros(1, dtype=np.int64)
    # In the order of Gray code each half repeats the half before, backwards, plus one direction.
    for direction in _directions(k, bits):
        points = np.concatenate((points, points[::-1] ^ direction))
    return points


def _directions(k: int, bits: int) -> list[int]:
    """Return the direction numbers of dimension k, each shifted to `bits` bits."""
    if k == 0:
        return [1 << (bits - 1 - i) for i in range(bits)]
    inner, first = _DIRECTIONS[k - 1]
    degree, m = len(first), list(first)
    for i in range(degree, bits):
        number = m[i - degree] ^ (m[i - degree] << degree)
        for j in range(1, degree):
            if inner >> (degree - 1 - j) & 1:
                number ^= m[i - j] << j
        m.append(number)
    return [number << (bits - 1 - i) for i, number in enumerate(m[:bits])]
