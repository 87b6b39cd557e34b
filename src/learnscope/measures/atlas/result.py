"""The verdict on an atlas as data: a word and amounts for each point, the best one, trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from learnscope.measures.comparison.difference import Difference

Word = Literal[
    "at the ceiling",
    "noise-limited",
    "under-fitting",
    "over-fitting",
    "optimisation-limited",
    "data-limited",
    "diverged",
    "dead",
]

WORDS: Mapping[Word, str] = {
    "at the ceiling": "nothing is left to gain: the error is near the lowest possible",
    "noise-limited": "what is left is almost all noise in the data, which no model can undo",
    "under-fitting": "even the best fit of its training rows is poor: the model is too stiff",
    "over-fitting": "a setting that fits the training rows less does better on new ones",
    "optimisation-limited": "the same model, or a smaller one, was fitted better elsewhere",
    "data-limited": "new rows are worse than training rows, and no setting here mends it",
    "diverged": "most members ended in values that are not finite",
    "dead": "most members give one answer to every row, for good",
}
"""Every word of a point with what it means, in the order of a legend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PointVerdict:
    """What limits one point of an atlas.

    Errors are shares of wrong labels for classes, mean squared errors for numbers, as means over
    the members that count. `deficit`, `optimisation` and `gap` add up to `error - floor`, with 0
    for a floor that is not known.

    Attributes:
        point: its number in the atlas.
        settings: dotted setting -> value, those that change.
        word: what limits it, see `WORDS`.
        n: members that count: neither diverged nor dead.
        lost: members that do not.
        parameters: numbers trained.
        error: on the judged rows.
        standard_error: of that mean over seeds, NaN for one member.
        train_error: on the training rows.
        floor: lowest error possible, None where it is not known.
        deficit: training error above the floor that was left by the best fit of the same rows
            with this model or a smaller one of its kind; below 0 where noise is fitted.
        optimisation: training error above that of this best fit; a lower bound of what the
            optimiser left, as nobody knows the best fit there is.
        gap: error on the judged rows above that on the training rows.
    """

    point: int
    settings: Mapping[str, Any]
    word: Word
    n: int
    lost: int
    parameters: float
    error: float
    standard_error: float
    train_error: float
    floor: float | None
    deficit: float
    optimisation: float
    gap: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The best point, and the smallest that is not significantly worse.

    Points are compared that have the same problem: one with less noise is no better choice.

    Attributes:
        problem: the settings of the problem that change, {} where none does.
        best: number of the point with the lowest mean error.
        smallest: number of the point with the fewest parameters whose mean error is within one
            standard error of the best one's, and whose paired difference to it is not
            significant; the best itself where there is none.
        behind: error of the smallest minus that of the best over their common seeds, None where
            they are the same point or share fewer than two seeds.
        compared: points that were candidates for the best.
        apparent: mean error of the best on the very seeds that chose it, which flatters it.
        honest: mean error on a seed of the point that the other seeds choose, over all seeds:
            what choosing the best of so many is worth. NaN with one seed, or where points do not
            share their seeds.
        honest_error: its standard error over seeds.
    """

    problem: Mapping[str, Any]
    best: int
    smallest: int
    behind: Difference | None
    compared: int
    apparent: float
    honest: float
    honest_error: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A change that was proposed, and what came of training it.

    Attributes:
        change: what to do, an imperative without a full stop.
        because: the measured reason, a sentence.
        overrides: dotted setting -> value, for `Experiment.override`.
        expected: how much lower the error should be, at most; NaN where nothing can be said.
        before: mean error of the starting point on fresh seeds; NaN where it was not trained.
        after: mean error with the change on the same seeds.
        gain: `before - after`, paired by seeds where both were judged; None where it was not
            trained or fewer than two seeds lived.
        left_out: why it was not trained, "" where it was.
    """

    change: str
    because: str
    overrides: Mapping[str, str]
    expected: float
    before: float = float("nan")
    after: float = float("nan")
    gain: Difference | None = None
    left_out: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtlasVerdict:
    """What an atlas says of its points.

    Attributes:
        name: of the atlas.
        metric: "accuracy" for classes (errors are shares of wrong labels) or "mse".
        part: the rows that errors are judged on.
        unit: what an error of 1 for "knows nothing" is: 1 for classes, the variance of the
            targets for numbers.
        points: a verdict for each point, in the order of their numbers.
        choice: the best point on the problem that leaves most to gain above the floor, None
            where all points lost half of their members.
        choices: the same for each setting of the problem.
        fresh: mean error of the best point on fresh seeds, NaN where it was not trained again.
        fresh_error: its standard error.
        fresh_seeds: how many those were.
        same_data: whether seeds of the problem and the split are fixed, so that other seeds are
            other first weights on the same data.
        trials: changes to the best point that were proposed, and what each of them brought.
        paragraph: all of it in words.
        notes: flags and reason of each proposal, a line each.
        columns: heads of the table.
        rows: its rows as text, the words with most points first.
    """

    name: str
    metric: Literal["accuracy", "mse"]
    part: str
    unit: float
    points: tuple[PointVerdict, ...]
    choice: Choice | None
    choices: tuple[Choice, ...]
    fresh: float
    fresh_error: float
    fresh_seeds: int
    same_data: bool
    trials: tuple[Trial, ...]
    paragraph: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def words(self) -> dict[int, Word]:
        """Number of each point -> its word, for a phase diagram."""
        return {p.point: p.word for p in self.points}

    def point(self, number: int) -> PointVerdict:
        """Return the verdict on one point."""
        return next(p for p in self.points if p.point == number)
