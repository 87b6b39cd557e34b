"""Logic gates: every row of a truth table is an example.

Source: S1.4, which trains a perceptron on AND (and calls it OR: the sentence of this problem
shows the table, so that nobody has to believe a name).
"""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, model_validator

from learnscope.arrays import Array
from learnscope.problems.base import Problem, Sample
from learnscope.problems.truths.points import Nodes, equally_likely, points_truth
from learnscope.problems.wording import many, smeared
from learnscope.seeds import Draws
from learnscope.settings import Count, NonNegative

GATES = {
    "and": "0001",
    "or": "0111",
    "xor": "0110",
    "nand": "1110",
    "nor": "1000",
    "xnor": "1001",
}
_MOST_ROWS = 4096
_SHOWN_ROWS = 16


def _digits(value: Any) -> Any:
    """Let a name stand for its table; a table without leading zero may arrive as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return GATES.get(value.lower(), value) if isinstance(value, str) else value


class Gates(Problem):
    """Settings of the gate.

    Attributes:
        table: outputs of the truth table as digits, for the inputs counted up in binary: "0001"
            is AND (00, 01, 10 give 0, and 11 gives 1). Its length, a power of two, fixes the
            number of inputs. Or a name: and, or, xor, nand, nor, xnor (two inputs).
        n: copies of each row of the table.
        noise: standard deviation of Gaussian noise on the inputs.
    """

    kind: Literal["gates"] = "gates"
    table: Annotated[str, BeforeValidator(_digits)] = "0001"
    n: Count = 1
    noise: NonNegative = 0.0

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return len(self.table).bit_length() - 1

    @model_validator(mode="after")
    def _fits(self) -> "Gates":
        rows = len(self.table)
        if set(self.table) - {"0", "1"}:
            raise ValueError(
                f"table must be digits 0 and 1 or one of {', '.join(GATES)}, got {self.table!r}."
            )
        if not 2 <= rows <= _MOST_ROWS or rows & (rows - 1):
            raise ValueError(
                f"table must have 2, 4, 8, ... or {_MOST_ROWS} digits, one for each row, got "
                f"{rows}."
            )
        if len(set(self.table)) == 1:
            raise ValueError(
                f"table must hold a 0 and a 1, got {self.table!r}: there is nothing to tell apart."
            )
        return self

    def sample(self, draws: Draws) -> Sample:
        corners, answers = self._corners(), self._answers()
        x = np.tile(corners, (self.n, 1))
        if self.noise:
            x = x + draws.noise.normal(0.0, self.noise, x.shape)
        ones = answers.mean()
        return Sample(
            x=x,
            y=np.tile(answers, self.n),
            task="classification",
            columns=tuple(f"in{i + 1}" for i in range(self.n_inputs)),
            outputs=("false", "true"),
            truth=points_truth(
                self._classes, self.noise, np.array([1 - ones, ones]), d=self.n_inputs
            ),
        )

    def sentence(self) -> str:
        names = {table: name.upper() for name, table in GATES.items()}
        rows = [f"{i:0{self.n_inputs}b} gives {v}" for i, v in enumerate(self.table)]
        shown = ", ".join(rows[:_SHOWN_ROWS])
        if len(rows) > _SHOWN_ROWS:
            shown += f", and {len(rows) - _SHOWN_ROWS} rows more"
        name = names.get(self.table, f"of {many(self.n_inputs, 'input')}")
        copies = f", {self.n} copies of each row" if self.n > 1 else ""
        noise = smeared(self.noise, "the inputs") if self.noise else ""
        return f"The logic gate {name}: {shown}{copies}{noise}."

    def _corners(self) -> Array:
        """Return the inputs of each row (2^m, m), the first input counting most."""
        rows = np.arange(len(self.table))[:, None]
        return (rows >> np.arange(self.n_inputs)[::-1] & 1).astype(np.float64)

    def _answers(self) -> Array:
        return np.array([int(v) for v in self.table], dtype=np.int64)

    def _classes(self) -> list[Nodes]:
        corners, answers = self._corners(), self._answers()
        return [equally_likely(corners[answers == k]) for k in range(2)]
