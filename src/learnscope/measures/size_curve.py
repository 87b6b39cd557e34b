"""Errors over a size, rows or width: their power law, its forecasts, and what they are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.measures.percent import with_error
from learnscope.measures.power_law import (
    FEWEST,
    STEEPEST,
    Check,
    Forecast,
    PowerLaw,
    check_power_law,
    fit_power_law,
)

TIMES = (2.0, 10.0)
"""How many times the largest size is forecast."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SizeCurve:
    """Errors of members at several sizes, on one and the same judge.

    Attributes:
        over: "training rows", "width" or "degree".
        sizes: (m,) ascending.
        train: (r, m) error of each member on the rows it learned from.
        test: (r, m) expected error on fresh examples, or on the test rows of a data set; NaN
            where a member was lost.
        metric: "accuracy" (errors are shares of wrong labels) or "mse".
        floor: lowest error possible, None where it is not known.
        judged: what `test` is judged on, in a few words.
        rows: (m,) training rows.
        parameters: (m,) numbers trained.
        unit: 1 for classes, the variance of the targets for numbers.
    """

    over: str
    sizes: Ints
    train: Array
    test: Array
    metric: Literal["accuracy", "mse"]
    floor: float | None
    judged: str
    rows: Ints
    parameters: Ints
    unit: float

    @cached_property
    def law(self) -> PowerLaw | None:
        """The power law of `test`, None of fewer than three sizes or where all were lost at one."""
        if not self._can_fit:
            return None
        return fit_power_law(self.sizes, self.test, floor=self.floor or 0.0)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Sizes above half of the largest, forecast from the others beside what was measured."""
        if not self._can_fit:
            return ()
        return check_power_law(self.sizes, self.test, floor=self.floor or 0.0)

    @property
    def _can_fit(self) -> bool:
        return len(self.sizes) >= FEWEST and bool(np.isfinite(self.test).any(axis=0).all())

    def forecasts(self, times: Sequence[float] = TIMES) -> tuple[Forecast, ...]:
        """Return the errors at so many times the largest size; empty without a law."""
        if self.law is None:
            return ()
        return tuple(self.law.forecast(t * float(self.sizes[-1])) for t in times)

    def text(self, value: float, error: float = math.nan) -> str:
        """Return an error as text, in per cent for classes."""
        if not math.isfinite(value):
            return "-"
        scale, unit = (100, " %") if self.metric == "accuracy" else (1, "")
        if math.isfinite(error) and error > 0:
            return f"{with_error(scale * value, scale * error)}{unit}"
        # Below a hundredth of a per cent a share of labels is none.
        small = self.metric == "accuracy" and abs(value) < 1e-4
        return f"0{unit}" if small else f"{scale * value:.3g}{unit}"

    def mean(self, i: int) -> tuple[float, float]:
        """Return the mean error at a size over the members that count, and its standard error."""
        known = self.test[np.isfinite(self.test[:, i]), i]
        if not len(known):
            return math.nan, math.nan
        error = float(known.std(ddof=1)) / math.sqrt(len(known)) if len(known) > 1 else math.nan
        return float(known.mean()), error

    def sentences(self, times: Sequence[float] = TIMES) -> tuple[str, ...]:
        """Say how the error falls, what more would bring, and whether such forecasts held here."""
        first, last = self.mean(0), self.mean(len(self.sizes) - 1)
        lost = int((~np.isfinite(self.test)).sum())
        found = [
            f"Error {self.text(*first)} at {self.over} {self.sizes[0]}, {self.text(*last)} at "
            f"{self.sizes[-1]} (mean of {len(self.test)} members, {self.judged})."
            + (f" {lost} of {self.test.size} were lost, dead or diverged." if lost else "")
        ]
        if self.law is None:
            return tuple(found)
        found.append(self._law_sentence(self.law))
        found += [self._forecast_sentence(t, f) for t, f in zip(times, self.forecasts(times),
                                                                strict=True)]  # fmt: skip
        found += [self._check_sentence(check) for check in self.checks]
        return tuple(found)

    def _law_sentence(self, law: PowerLaw) -> str:
        if law.a == 0:
            return "The error does not fall over these sizes: no power law describes it."
        b, c = law.interval("b"), law.interval("c")
        most = f"{law.b:.2f}" + (" or more" if law.b >= STEEPEST else "")
        exponent = most + (f" ({b[0]:.2f} to {b[1]:.2f})" if math.isfinite(b[0]) else "")
        ends = f" ({self.text(c[0])} to {self.text(c[1])})" if math.isfinite(c[0]) else ""
        floor = "" if self.floor is None else f"; the noise floor is {self.text(self.floor)}"
        return (
            f"It falls like a n^-b + c with b = {exponent} towards c = {self.text(law.c)}{ends}, "
            f"in 95 % intervals over members{floor}."
        )

    def _forecast_sentence(self, times: float, found: Forecast) -> str:
        what = "data" if self.over == "training rows" else self.over
        return (
            f"With {times:g}x the {what} you would get {self.text(found.value)}{self._ends(found)}."
        )

    def _ends(self, found: Forecast) -> str:
        if not math.isfinite(found.low):
            return ""
        return f" ({self.text(found.low)} to {self.text(found.high)})"

    def _check_sentence(self, check: Check) -> str:
        word = "held" if check.agrees else "did not hold"
        return (
            f"Such a forecast {word} here: from {self.over} up to {check.fitted:g}, "
            f"{self.text(check.forecast.value)}{self._ends(check.forecast)} was forecast for "
            f"{check.forecast.size:g}, and {self.text(check.measured, check.error)} was measured."
        )

    def data(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        from dataclasses import asdict

        law = self.law
        return {
            "over": self.over,
            "sizes": self.sizes.tolist(),
            "train": self.train.tolist(),
            "test": self.test.tolist(),
            "metric": self.metric,
            "floor": self.floor,
            "rows": self.rows.tolist(),
            "parameters": self.parameters.tolist(),
            "law": None
            if law is None
            else {
                "a": law.a, "b": law.b, "c": law.c, "scale": law.scale,
                "b_interval": law.interval("b"), "c_interval": law.interval("c"),
            },
            "forecasts": [asdict(f) for f in self.forecasts()],
            "checks": [{**asdict(c), "agrees": c.agrees} for c in self.checks],
            "sentences": list(self.sentences()),
        }  # fmt: skip
