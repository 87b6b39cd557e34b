"""Regions of an arrangement of lines: Steiner's formula, degenerate cases, and brute force."""

import numpy as np
import pytest

from learnscope.arrays import Array
from learnscope.measures.sign_regions import count_regions, patterns


@pytest.mark.parametrize("n", range(1, 9))
def test_lines_in_general_position_give_steiners_number(n: int) -> None:
    rng = np.random.default_rng(n)
    # Random lines are in general position with probability 1.
    assert count_regions(rng.normal(size=(n, 2)), rng.normal(size=n)) == 1 + n + n * (n - 1) // 2


@pytest.mark.parametrize(
    ("lines", "regions"),
    [
        ([], 1),
        ([[1, 0, 0]], 2),
        ([[1, 0, 0], [1, 0, -1]], 3),  # parallel
        ([[1, 0, 0], [2, 0, 0], [-3, 0, 0]], 2),  # one line three times
        ([[1, 0, 0], [0, 1, 0], [1, 1, 0]], 6),  # three through one point
        ([[1, 0, 0], [0, 1, 0], [1, 1, -1]], 7),
        ([[1, 0, 0], [1, 0, -1], [0, 1, 0], [0, 1, -1]], 9),  # a grid
        ([[0, 0, 1], [1, 0, 0]], 2),  # a unit without weights has no line
    ],
)
def test_special_positions(lines: list[list[float]], regions: int) -> None:
    table = np.array(lines, dtype=float).reshape(-1, 3)
    assert count_regions(table[:, :2], table[:, 2]) == regions


def test_near_parallel_is_not_parallel() -> None:
    weight = np.array([[1.0, 0.0], [1.0, 1e-300]])
    assert count_regions(weight, np.array([0.0, -1.0])) == 4


def small_lines(seed: int) -> tuple[Array, Array]:
    """Return lines with small whole numbers: parallels and common points are frequent."""
    rng = np.random.default_rng(seed)
    return rng.integers(-2, 3, (5, 2)).astype(float), rng.integers(-2, 3, 5).astype(float)


@pytest.mark.parametrize("seed", range(20))
def test_brute_force_finds_as_many_sign_patterns(seed: int) -> None:
    weight, bias = small_lines(seed)
    # Lines with whole numbers up to 2 meet within 8 of the origin, and their cells there are wide
    # against the steps of the grid, which is shifted off every line.
    ticks = np.arange(-12, 12, 0.02) + 0.00731
    x = np.stack(np.meshgrid(ticks, ticks + 0.00117), axis=-1).reshape(-1, 2)
    used = np.any(weight != 0, axis=1)
    assert count_regions(weight, bias) == len(patterns(weight[used], bias[used], x))
