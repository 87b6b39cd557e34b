"""A sweep of the catalogue held against what came out of it before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from learnscope.catalogue.checking import number, within
from learnscope.catalogue.entry import Expected, in_words

if TYPE_CHECKING:
    import polars

    from learnscope.atlas.atlas import Atlas
    from learnscope.catalogue.quantities import Quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepOutcome:
    """What came out of one expected row.

    Attributes:
        source: the number in the source documents.
        what: what was measured.
        at: settings of the point.
        measure: the column, or the word of the quantity.
        expected: the range in words.
        low: its lower end, or None.
        high: its upper end, or None.
        mean: mean over the seeds of the point, None where the atlas does not have it.
        members: how many members that is of.
        passed: whether the range holds, None where there is no mean.
    """

    source: str
    what: str
    at: Mapping[str, Any]
    measure: str
    expected: str
    low: float | None
    high: float | None
    mean: float | None
    members: int
    passed: bool | None

    def got(self) -> str:
        """Return the mean with four digits."""
        return "-" if self.mean is None else number(self.mean)


def sweep_outcomes(atlas: Atlas, expected: Sequence[Expected]) -> list[SweepOutcome]:
    """Return the outcome of every row, in order. Members that diverged are left out.

    Raises:
        InputError: the atlas has no such measure.
        DataError: the data of a member that a quantity is measured of have changed.
    """
    return [_outcome(atlas, row) for row in expected]


def _outcome(atlas: Atlas, row: Expected) -> SweepOutcome:
    import polars

    points = [n for n, point in atlas.points.items() if row.at.items() <= point.items()]
    alive = polars.col("point").is_in(points) & (polars.col("status") != "diverged")
    values = _values(atlas, atlas.table.filter(alive), row)
    mean = fmean(values) if values else None
    return SweepOutcome(
        source=row.source,
        what=row.what,
        at=dict(row.at),
        measure=row.measure or str(row.quantity and row.quantity.kind_name()),
        expected=in_words(row.low, row.high),
        low=row.low,
        high=row.high,
        mean=mean,
        members=len(values),
        passed=None if mean is None else within(mean, row.low, row.high),
    )


def _values(atlas: Atlas, members: polars.DataFrame, row: Expected) -> list[float]:
    if row.quantity is None:
        found: list[float] = members[atlas.check_measure(row.measure)].drop_nulls().to_list()
        return found
    return _measured(atlas, members, row.quantity)


def _measured(atlas: Atlas, members: polars.DataFrame, quantity: Quantity) -> list[float]:
    found: list[float] = []
    for (point,), own in members.group_by(["point"], maintain_order=True):
        found += quantity.values(atlas.trained(int(str(point)), own["seed"].to_list()))
    return found
