import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from learnscope.errors import InputError
from learnscope.problems.base import Sample
from learnscope.problems.checkerboard import Checkerboard
from learnscope.seeds import streams


def draw(problem: Checkerboard, root: int = 0) -> Sample:
    return problem.sample(streams(root, problem_seed=problem.seed).draws)


@pytest.mark.parametrize("cells", [2, 3, 8])
def test_colour_is_the_parity_of_column_plus_row(cells: int) -> None:
    sample = draw(Checkerboard(n=800, cells=cells, side=6.0))
    parity = np.floor((sample.x + 3) * cells / 6).sum(axis=1) % 2
    np.testing.assert_array_equal(sample.y, parity)
    assert np.bincount(sample.y).tolist() == [800, 800]


def test_target_without_noise_is_certain_and_the_board_ends_in_its_last_cells() -> None:
    sample = draw(Checkerboard(cells=4))
    assert sample.truth is not None
    np.testing.assert_array_equal(sample.truth.target(sample.x), np.eye(2)[sample.y])
    outside = sample.truth.target(np.array([[-9.0, -9.0], [-9.0, 9.0]]))
    np.testing.assert_array_equal(outside, [[1, 0], [0, 1]])
    assert sample.truth.floor() == 0.0


@pytest.mark.parametrize("cells, noise", [(2, 0.1), (4, 0.1), (6, 0.05), (4, 0.5)])
def test_floor_of_an_even_board_is_a_product_of_two_axes(cells: int, noise: float) -> None:
    truth = draw(Checkerboard(cells=cells, noise=noise)).truth
    assert truth is not None
    edges = np.linspace(-1, 1, cells + 1)
    signs = (-1.0) ** np.arange(cells)

    def alternating(x: float) -> float:
        inside = norm.cdf((x - edges[:-1]) / noise) - norm.cdf((x - edges[1:]) / noise)
        return float(abs(signs @ inside))

    one = quad(alternating, -1 - 8 * noise, 1 + 8 * noise, points=edges, limit=500)[0]
    assert truth.floor() == pytest.approx((1 - (one / 2) ** 2) / 2, abs=1e-3)


def test_target_of_an_odd_board_weighs_the_rarer_colour_up() -> None:
    noise = 0.3
    truth = draw(Checkerboard(cells=3, noise=noise)).truth
    assert truth is not None
    x = np.random.default_rng(0).uniform(-2, 2, (100, 2))
    edges = np.linspace(-1, 1, 4)
    part = norm.cdf((x[:, :, None] - edges[:-1]) / noise) - norm.cdf(
        (x[:, :, None] - edges[1:]) / noise
    )
    cell = part[:, 0, :, None] * part[:, 1, None, :]
    black = (np.add.outer(np.arange(3), np.arange(3)) % 2) == 0
    p, q = cell[:, black].sum(axis=1) / 5, cell[:, ~black].sum(axis=1) / 4
    np.testing.assert_allclose(truth.target(x)[:, 0], p / (p + q), atol=1e-9)


def test_one_cell_is_refused() -> None:
    message = "Checkerboard.cells must be >= 2, got 1."
    with pytest.raises(InputError, match=re.escape(message)):
        Checkerboard(cells=1)
