"""XOR in the plane: the class is whether the signs of the two coordinates differ.

The continuous form of the smallest problem that no straight line solves (M. Minsky, S. Papert,
"Perceptrons", 1969); `gates` has the form with four points.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from learnscope.problems.base import Problem, Sample
from learnscope.problems.truths.boards import Board, board_truth
from learnscope.problems.wording import counted, smeared
from learnscope.seeds import Draws
from learnscope.settings import Count, NonNegative, Positive, Real


class Xor(Problem):
    """Settings of the four squares.

    Attributes:
        n: points of each class.
        side: length of the whole square, which is centred at the origin.
        gap: share of each half that is left empty along the axes.
        noise: standard deviation of the Gaussian noise on both coordinates, added after the
            class is fixed.
    """

    kind: Literal["xor"] = "xor"
    n: Count = 200
    side: Positive = 2.0
    gap: Annotated[Real, Field(ge=0, lt=1)] = 0.0
    noise: NonNegative = 0.1

    def sample(self, draws: Draws) -> Sample:
        board = self._board()
        points = [board.place(k, draws.data.uniform(size=(self.n, 3))) for k in range(2)]
        x = np.concatenate(points)
        return Sample(
            x=x + draws.noise.normal(0.0, self.noise, x.shape),
            y=np.repeat(np.arange(2), self.n),
            task="classification",
            columns=("x1", "x2"),
            outputs=("same sign", "opposite sign"),
            truth=board_truth(board, self.noise, np.array([0.5, 0.5])),
        )

    def sentence(self) -> str:
        gap = f" with a gap of {self.gap:g} of each half along the axes" if self.gap else ""
        return (
            f"Points of a square of side {self.side:g}{gap}, the class is whether their signs "
            f"differ, {counted(self.n)}{smeared(self.noise)}."
        )

    def _board(self) -> Board:
        half = self.side / 2
        return Board(
            low=np.array([-half, half * self.gap]),
            width=half * (1 - self.gap),
            owner=np.array([[0, 1], [1, 0]]),
        )
