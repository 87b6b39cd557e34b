"""Regions into which the lines w x + b = 0 cut the plane, counted exactly.

Each line added to an arrangement adds one region for each piece into which the earlier lines cut
it, that is one more than the different points in which it meets them. In general position, where
no two lines are parallel and no three meet in a point, n lines give 1 + n + n (n - 1) / 2 regions
(J. Steiner, 1826).
"""

from fractions import Fraction

import numpy as np

from learnscope.arrays import Array, Ints

Exact = tuple[Fraction, Fraction, Fraction]


def count_regions(weight: Array, bias: Array) -> int:
    """Return the number of regions of the plane.

    Exact for the given floating-point numbers, as fractions are computed with: parallel lines,
    equal ones and common points of several are told from near ones. Units with weights of 0 have
    no line.

    Args:
        weight: (h, 2), a row for each line.
        bias: (h,).
    """
    lines: list[Exact] = []
    regions = 1
    for (a, b), c in zip(weight.tolist(), bias.tolist(), strict=True):
        line = _normal(Fraction(a), Fraction(b), Fraction(c))
        if line is None or line in lines:
            continue
        points = {point for other in lines if (point := _meet(line, other)) is not None}
        regions += 1 + len(points)
        lines.append(line)
    return regions


def _normal(a: Fraction, b: Fraction, c: Fraction) -> Exact | None:
    """Return one form for all multiples of a line, None where both weights are 0."""
    lead = a or b
    return None if lead == 0 else (a / lead, b / lead, c / lead)


def _meet(one: Exact, two: Exact) -> tuple[Fraction, Fraction] | None:
    """Return the point in which two lines meet, None for parallel ones (Cramer's rule)."""
    det = one[0] * two[1] - two[0] * one[1]
    if det == 0:
        return None
    return (one[1] * two[2] - two[1] * one[2]) / det, (two[0] * one[2] - one[0] * two[2]) / det


def patterns(weight: Array, bias: Array, x: Array) -> Ints:
    """Return the different sign patterns (p, h) of the points x (n, 2): 1 where w x + b > 0."""
    return np.unique((x @ weight.T + bias > 0).astype(np.int64), axis=0)
