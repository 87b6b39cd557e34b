"""The parts of an error as data, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from learnscope.measures.decomposition.estimate import Estimate
from learnscope.measures.percent import error_decimals, with_error

NAMES = {
    "noise": "noise floor",
    "approximation": "approximation error",
    "estimation": "estimation error",
    "optimisation": "optimisation error",
    "total": "error on fresh examples",
    "train": "error on the training rows",
    "generalisation": "generalisation gap",
    "held_out": "error on held-out rows",
}
"""Every part with its name, in the order of a table."""

COLUMNS = ("part", "± one Monte Carlo error", "95 % interval", "draws", "how")


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorParts:
    """Where the expected error of a training comes from.

    Errors are shares of wrong labels for classes, mean squared errors for numbers. `noise`,
    `approximation`, `estimation` and `optimisation` add up to `total`, which is measured by itself:
    against labels that were drawn, on other inputs.

    Source: L. Bottou and O. Bousquet, "The tradeoffs of large scale learning", NIPS 2007.

    Attributes:
        metric: "accuracy" or "mse".
        noise: lowest error possible; None where the target is not known, like the next two.
        approximation: what the best network of the family has above it, an upper bound.
        approximation_low: the lower end of its bracket: error of that network on the rows it
            was fitted to for numbers, which is below that of the best network if no better fit of
            these rows was missed; 0 for classes, whose share of wrong labels is not what is fitted.
        estimation: what fitting n rows as well as possible has above the best network.
        optimisation: what the training has above this fit; below 0 where stopping short of it
            does better on fresh examples.
        short: the same on the training rows, in the loss that is trained: 0 or more.
        total: error on fresh examples.
        train: error on the training rows.
        generalisation: `total` less `train`.
        held_out: error on the members' own test rows, None where there are none.
        difference: `total` less the sum of its parts, which chance alone should make; None where
            the parts are not known.
        agrees: whether it lies within three of its errors.
        draws: draws of the data.
        restarts: long trainings for each, from other first weights.
        longer: how many times as long those were.
        rows: training rows of a member.
        large: noise-free rows that the best network was fitted to.
    """

    metric: Literal["accuracy", "mse"]
    noise: Estimate | None
    approximation: Estimate | None
    approximation_low: float
    estimation: Estimate | None
    optimisation: Estimate
    short: Estimate
    total: Estimate
    train: Estimate
    generalisation: Estimate
    held_out: Estimate | None
    difference: Estimate | None
    agrees: bool
    draws: int
    restarts: int
    longer: int
    rows: int
    large: int

    def estimates(self) -> Iterator[tuple[str, Estimate]]:
        """Yield each part that was measured, by its attribute."""
        for name in NAMES:
            found = getattr(self, name)
            if found is not None:
                yield name, found

    def sentence(self) -> str:
        """Say of what the error is made, and which part is the largest."""
        total = self.text(self.total)
        if self.noise is None or self.approximation is None or self.estimation is None:
            return (
                f"Error on held-out rows {total}, on training rows {self.text(self.train)}: a gap "
                f"of {self.text(self.generalisation)}. Fitting the rows as well as possible "
                f"instead would change it by {self.text(self.optimisation, sign=-1)}. The target "
                "is not known, so that noise, approximation and estimation cannot be told apart."
            )
        parts = {
            "the noise": self.noise,
            "the family of functions (approximation)": self.approximation,
            "the finite data (estimation)": self.estimation,
            "the optimiser (optimisation)": self.optimisation,
        }
        largest = max(parts, key=lambda name: parts[name].value)
        each = " + ".join(self.text(part) for part in parts.values()).replace("+ -", "- ")
        better = (
            " The training stops short of the best fit of its rows, and is better on fresh "
            "examples for it."
            if self.optimisation.high < 0
            else ""
        )
        return (
            f"Error on fresh examples {total} = noise + approximation + estimation + "
            f"optimisation = {each}. Most of it comes from {largest}.{better} {self._check()}"
        )

    def _check(self) -> str:
        assert self.difference is not None
        text = self.text(self.difference)
        if self.agrees:
            return f"The sum and the error measured by itself differ by {text}: they agree."
        return f"The sum and the error measured by itself differ by {text}: more than chance gives."

    def bracket(self) -> str:
        """Say between which values the approximation error lies."""
        if self.approximation is None:
            return ""
        # Each is a mean over rows of its own: by chance the lower end may come out above.
        ends = sorted((self.approximation_low, self.approximation.value))
        if self.metric == "accuracy":
            low, high = (f"{100 * v:.2g} %" for v in ends)
            why = "0 is all that is sure from below, as no share of wrong labels is ever minimised"
        else:
            low, high = (f"{v:.3g}" for v in ends)
            why = "the lower end holds if no better fit of those rows was missed"
        return (
            f"The approximation error lies between {low} and {high}: the best of {self.restarts} "
            f"networks fitted to {self.large} noise-free rows for {self.longer} times the epochs; "
            f"{why}."
        )

    def text(self, part: Estimate, sign: int = 1) -> str:
        """Return a part with its error: in per cent for classes.

        Parts end at the latest two digits after the whole error does: they are added up.
        """
        scale, unit = (100, " %") if self.metric == "accuracy" else (1, "")
        last = max(0, min(error_decimals(scale * self.total.error) + 2, 12))
        value, error = scale * sign * part.value, scale * part.error
        if error == 0 or error_decimals(error) > last:
            return f"{round(value, last) + 0.0:.{last}f}{unit}"
        return f"{with_error(value, error)}{unit}"

    def table(self) -> list[tuple[str, ...]]:
        """Return a row for each part, see `COLUMNS`."""
        scale, unit = (100, " %") if self.metric == "accuracy" else (1, "")
        return [
            (
                self._name(name),
                self.text(part),
                f"{scale * part.low:.3g} to {scale * part.high:.3g}{unit}" if part.error else "",
                str(part.repeats) if part.repeats > 1 else "",
                part.how,
            )
            for name, part in self.estimates()
        ]

    def _name(self, name: str) -> str:
        return NAMES["held_out" if name == "total" and self.noise is None else name]

    def data(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        from dataclasses import asdict

        return {**asdict(self), "sentence": self.sentence(), "bracket": self.bracket()}
