"""Two points of an atlas compared over the seeds that both have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from learnscope.errors import InputError, listing
from learnscope.measures.comparison.difference import Difference
from learnscope.measures.comparison.over_seeds import compare_seeds

if TYPE_CHECKING:
    import polars


def compared(table: polars.DataFrame, first: int, second: int, measure: str) -> Difference:
    """Return the difference of a measure between two points, in pairs of members of one seed.

    Members that diverged in either point are left out with their partner.

    Args:
        table: of an atlas.
        first: number of a point.
        second: of another.
        measure: column of numbers.

    Raises:
        InputError: the points are the same, one is not there, or they share fewer than 2 seeds.
    """
    import polars

    if first == second:
        raise InputError(f"A point is compared with another one, got {first} twice.")
    value = polars.col(measure)
    known = table.filter(
        (polars.col("status") != "diverged") & value.is_not_null() & value.is_finite()
    )
    sides = []
    for point in (first, second):
        if not (table["point"] == point).any():
            there = sorted(set(table["point"].to_list()))
            raise InputError(
                f"The atlas has no members of point {point}: it has {listing(map(str, there))}."
            )
        own = known.filter(polars.col("point") == point)
        sides.append(own.select("seed", value.alias(str(point))))
    pairs = sides[0].join(sides[1], on="seed").sort("seed")
    if len(pairs) < 2:
        raise InputError(
            f"The points {first} and {second} share {len(pairs)} seeds with a {measure}, and a "
            "comparison needs 2. Sweep again with more --seeds: those that are there are kept."
        )
    return compare_seeds(
        pairs[str(first)].to_list(),
        pairs[str(second)].to_list(),
        paired=True,
        unit="accuracy" if more_is_better(measure) else "error",
        question="These settings, with other seeds",
    )


def more_is_better(measure: str) -> bool:
    """Whether greater values of a measure are better, as its name tells."""
    return any(word in measure for word in ("accuracy", "r2", "auc"))
