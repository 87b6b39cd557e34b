"""Formula: a target, or a border between two classes, that the user types.

The formula is over x, or over x1, x2, ... for several inputs; `learnscope.expression` says what
may stand in it. With `labels` the class is 1 where formula plus noise is above 0: at a point
where the formula is f, noise of standard deviation s gives class 1 with probability Phi(f / s),
and the best classifier is wrong with probability Phi(-|f| / s).
"""

from typing import Annotated, Literal

import numpy as np
from numpy.random import RandomState
from pydantic import Field, field_validator, model_validator

from learnscope.arrays import Array
from learnscope.errors import InputError
from learnscope.expression import Expression, parse_expression
from learnscope.problems.base import Problem, Sample, Truth
from learnscope.problems.curve import (
    Gap,
    Spacing,
    check_gap,
    check_interval,
    noise_text,
    outside_gap,
)
from learnscope.problems.truths.noise import noise_truth
from learnscope.problems.wording import many
from learnscope.seeds import Draws
from learnscope.settings import Count, Flag, NonNegative, Real

_MOST_INPUTS = 9
_NUMBERED = tuple(f"x{i}" for i in range(1, _MOST_INPUTS + 1))


class Formula(Problem):
    """Settings of the formula.

    Attributes:
        formula: the text, over x alone or over x1 ... x9.
        n: points, those of the gap included. Even points of several inputs form a grid, for
            which n must be a square, a cube, ...
        low: lowest value of every input.
        high: highest value of every input; even points include both ends.
        noise: standard deviation of the Gaussian noise on the formula's value.
        spacing: "even" steps, or "random" and uniform.
        gap: [from, to] of the only input: the points in it are left out; left out, none.
        labels: two classes, "at most 0" and "above 0", in place of the number.
        inputs: number of inputs; left out, as many as the formula names. More of them are
            inputs that do not matter.
    """

    kind: Literal["formula"] = "formula"
    formula: str = "x*sin(10*x)"
    n: Count = 100
    low: Real = -1.0
    high: Real = 1.0
    noise: NonNegative = 0.0
    spacing: Spacing = "even"
    gap: Gap | None = None
    labels: Flag = False
    inputs: Annotated[Count, Field(le=_MOST_INPUTS)] | None = None

    @field_validator("formula")
    @classmethod
    def _readable(cls, text: str) -> str:
        try:
            _read(text)
        except InputError as error:
            raise ValueError(str(error)) from None
        return text

    @model_validator(mode="after")
    def _consistent(self) -> "Formula":
        check_interval(self.low, self.high)
        check_gap(self.gap)
        self._check_inputs()
        d = len(self.columns)
        if self.gap is not None and d > 1:
            raise ValueError(f"gap is for formulas of one input, and this one has {d}.")
        if self.spacing == "even" and _side(self.n, d) ** d != self.n:
            near = ", ".join(str((_side(self.n, d) + i) ** d) for i in (0, 1))
            raise ValueError(
                f"n must be a whole number to the power {d} for an even grid of {d} inputs, got "
                f"{self.n}. Use one of {near}, or spacing = 'random'."
            )
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the inputs: ("x",), or ("x1", ..., "xd")."""
        used = _columns(self._expression().names)
        return used if self.inputs in {None, len(used)} else _NUMBERED[: self.inputs]

    def sample(self, draws: Draws) -> Sample:
        x = self._points(draws)
        value = self._expression().finite(self._by_name(x), len(x))
        y = value + draws.noise.normal(0.0, self.noise, len(x))
        return Sample(
            x=x,
            y=(y > 0).astype(np.int64) if self.labels else y[:, None],
            task="classification" if self.labels else "regression",
            columns=self.columns,
            outputs=("at most 0", "above 0") if self.labels else ("y",),
            truth=self._label_truth() if self.labels else noise_truth(self._value, self.noise),
        )

    def sentence(self) -> str:
        target = f"classes by {self.formula} > 0" if self.labels else f"y = {self.formula}"
        gap = "" if self.gap is None else f", none in [{self.gap[0]:g}, {self.gap[1]:g}]"
        power = f"^{len(self.columns)}" if len(self.columns) > 1 else ""
        return (
            f"{many(self.n, f'{self.spacing} point')} on [{self.low:g}, {self.high:g}]{power}"
            f"{gap}, {target}{noise_text(self.noise)}."
        )

    def _check_inputs(self) -> None:
        names = self._expression().names
        if self.inputs is None:
            return
        if self.inputs > 1 and names == ("x",):
            raise ValueError(
                f"inputs = {self.inputs} names the inputs x1, x2, ..., and the formula "
                f"{self.formula!r} has x. Write x1 in place of x."
            )
        if self.inputs < len(_columns(names)):
            raise ValueError(
                f"inputs must be at least {len(_columns(names))}, as many as the formula names, "
                f"got {self.inputs}."
            )

    def _expression(self) -> Expression:
        return _read(self.formula)

    def _points(self, draws: Draws) -> Array:
        """Return the points (n, d)."""
        if self.spacing == "even":
            return self._grid()
        x = draws.data.uniform(self.low, self.high, (self.n, len(self.columns)))
        return self._outside_gap(x)

    def _grid(self) -> Array:
        """Return the even points (n, d), the last input running first."""
        d = len(self.columns)
        side = np.linspace(self.low, self.high, _side(self.n, d))
        x = np.stack(np.meshgrid(*[side] * d, indexing="ij"), axis=-1).reshape(-1, d)
        return self._outside_gap(x)

    def _outside_gap(self, x: Array) -> Array:
        return x if self.gap is None else outside_gap(x[:, 0], self.gap)[:, None]

    def _by_name(self, x: Array) -> dict[str, Array]:
        return {name: x[:, i] for i, name in enumerate(self.columns)}

    def _value(self, x: Array) -> Array:
        return self._expression().evaluate(self._by_name(x), len(x))

    def _label_truth(self) -> Truth:
        def target(x: Array) -> Array:
            from scipy.special import ndtr

            value = self._value(np.asarray(x, dtype=np.float64))
            p = ndtr(value / self.noise) if self.noise else (value > 0).astype(np.float64)
            return np.stack((1 - p, p), axis=1)

        if not self.noise:
            return Truth(target=target, floor=lambda: 0.0, how="closed form: no noise")
        even = self.spacing == "even"
        how = "mean over the points" if even else "mean over 200,000 points, within 0.001"
        return Truth(target=target, floor=self._label_floor, how=how)

    def _label_floor(self) -> float:
        """Return the mean of Phi(-|f| / s) over where points can lie."""
        from scipy.special import ndtr

        x = self._grid() if self.spacing == "even" else self._outside_gap(self._many())
        return float(ndtr(-np.abs(self._value(x)) / self.noise).mean())

    def _many(self) -> Array:
        """Return the same many points (200000, d) in every call, for the mean over the range."""
        m, d = 200_000, len(self.columns)
        share = ((np.arange(m) + 0.5) / m)[:, None] if d == 1 else RandomState(0).rand(m, d)
        return np.asarray(self.low + (self.high - self.low) * share)


def _read(text: str) -> Expression:
    expression = parse_expression(text, ("x", *_NUMBERED))
    if "x" in expression.names and len(expression.names) > 1:
        raise InputError(
            f"The formula {text!r} has both x and {expression.names[1]}: use x alone for one "
            "input, or x1, x2, ... for several."
        )
    return expression


def _columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the inputs of a formula with these names: x, or x1 up to the highest number."""
    if not names or names == ("x",):
        return ("x",)
    return _NUMBERED[: _NUMBERED.index(names[-1]) + 1]


def _side(n: int, d: int) -> int:
    """Return the largest number whose power d is at most n."""
    side: int = max(1, round(n ** (1 / d)))
    return side if side**d <= n else side - 1
