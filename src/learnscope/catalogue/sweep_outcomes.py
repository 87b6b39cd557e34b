"""A sweep of the catalogue held against what came out of it before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnscope.catalogue.checking import number, within
from learnscope.catalogue.entry import Expected, in_words

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepOutcome:
    """What came out of one expected row.

    Attributes:
        source: the number in the source documents.
        what: what was measured.
        expected: the range in words.
        mean: mean over the seeds of the point, None where the atlas does not have it.
        members: how many members that is of.
        passed: whether the range holds, None where there is no mean.
    """

    source: str
    what: str
    expected: str
    mean: float | None
    members: int
    passed: bool | None

    def got(self) -> str:
        """Return the mean with four digits."""
        return "-" if self.mean is None else number(self.mean)


def sweep_outcomes(atlas: Atlas, expected: Sequence[Expected]) -> list[SweepOutcome]:
    """Return the outcome of every row, in order.

    Raises:
        InputError: the atlas has no such setting or measure.
    """
    return [_outcome(atlas, row) for row in expected]


def _outcome(atlas: Atlas, row: Expected) -> SweepOutcome:
    where = [f"{path} == {value}" for path, value in row.at.items()]
    (found,) = atlas.group([], row.measure, where=where, quantiles=()).to_dicts()
    mean = found["mean"] if found["n"] else None
    return SweepOutcome(
        source=row.source,
        what=row.what,
        expected=in_words(row.low, row.high),
        mean=mean,
        members=found["n"],
        passed=None if mean is None else within(mean, row.low, row.high),
    )
