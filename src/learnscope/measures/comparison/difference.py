"""The answer of a comparison: a difference with its interval, and what it is an answer to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from learnscope.measures.percent import error_decimals

Unit = Literal["accuracy", "error"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """First minus second.

    Attributes:
        question: what the interval is about: what would be drawn anew if the study were repeated.
        method: test and interval.
        unit: "accuracy", a difference of shares in [-1, 1], where more is better; "error", one of
            mean squared errors, where less is better.
        value: the difference.
        low: lower end of its interval.
        high: upper end.
        level: confidence level of the interval.
        p: two-sided p-value of "no difference".
        n: number of rows or seeds that carry the interval.
        counted: what n counts, "rows" or "seeds".
        details: name -> further numbers of the test.
    """

    question: str
    method: str
    unit: Unit
    value: float
    low: float
    high: float
    level: float
    p: float
    n: int
    counted: str
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def clear(self) -> bool:
        """Whether the p-value is below 1 - level."""
        return self.p < 1 - self.level

    def sentence(self, first: str = "the first", second: str = "the second") -> str:
        """Say which is better by how much, and whether that is more than chance."""
        if not all(map(math.isfinite, (self.value, self.low, self.high))):
            return f"{self.question}: there is no interval ({self.method})."
        return (
            f"{self.question}: {first} minus {second} is {self.size()} "
            f"({100 * self.level:g} % interval {self.range()}; p = {p_text(self.p)}; "
            f"{self.method}, {self.n} {self.counted}): {self.reading(first, second)}."
        )

    def reading(self, first: str = "the first", second: str = "the second") -> str:
        """Say who is better, or that no difference is shown."""
        if not self.clear:
            return "not significant"
        more = self.value > 0
        return f"{first if more == (self.unit == 'accuracy') else second} is better"

    def size(self) -> str:
        """Return the difference with the digits that its interval leaves, with its sign."""
        return f"{self._written(self.value)}{' points' if self.unit == 'accuracy' else ''}"

    def range(self) -> str:
        """Return the interval with the same digits."""
        return f"{self._written(self.low)} to {self._written(self.high)}"

    def _written(self, value: float) -> str:
        scale = 100.0 if self.unit == "accuracy" else 1.0
        # An interval at 95 % is some four standard errors wide.
        places = error_decimals(scale * (self.high - self.low) / 4)
        return f"{round(scale * value, places) + 0.0:+.{max(0, min(places, 9))}f}"


def p_text(p: float) -> str:
    """Return a p-value with two digits, "< 0.0001" for very small ones."""
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"
