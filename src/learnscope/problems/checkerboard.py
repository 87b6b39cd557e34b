"""Checkerboard: black and white squares, as many as one likes.

A ladder of difficulty: the number of straight pieces that a boundary needs grows with the
square of the number of cells.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from learnscope.problems.base import Problem, Sample
from learnscope.problems.truths.boards import Board, board_truth
from learnscope.problems.wording import many, smeared
from learnscope.seeds import Draws
from learnscope.settings import Count, NonNegative, Positive


class Checkerboard(Problem):
    """Settings of the board.

    Attributes:
        n: points of each colour.
        cells: squares along each side. An odd number gives black one square more than white,
            and white the same number of points on fewer squares.
        side: length of the board, which is centred at the origin.
        noise: standard deviation of the Gaussian noise on both coordinates, added after the
            class is fixed.
    """

    kind: Literal["checkerboard"] = "checkerboard"
    n: Count = 500
    cells: Annotated[Count, Field(ge=2, le=100)] = 4
    side: Positive = 2.0
    noise: NonNegative = 0.0

    def sample(self, draws: Draws) -> Sample:
        board = self._board()
        points = [board.place(k, draws.data.uniform(size=(self.n, 3))) for k in range(2)]
        x = np.concatenate(points)
        return Sample(
            x=x + draws.noise.normal(0.0, self.noise, x.shape),
            y=np.repeat(np.arange(2), self.n),
            task="classification",
            columns=("x1", "x2"),
            outputs=("black", "white"),
            truth=board_truth(board, self.noise, np.array([0.5, 0.5])),
        )

    def sentence(self) -> str:
        return (
            f"A checkerboard of {self.cells} x {self.cells} squares and side {self.side:g}, "
            f"{many(self.n, 'point')} of each colour{smeared(self.noise)}."
        )

    def _board(self) -> Board:
        width = self.side / self.cells
        cell = np.arange(self.cells)
        return Board(
            low=-self.side / 2 + width * cell,
            width=width,
            owner=(cell[:, None] + cell) % 2,
        )
