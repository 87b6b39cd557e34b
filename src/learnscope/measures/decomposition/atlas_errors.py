"""Measured errors at the points of an atlas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from learnscope.errors import InputError
from learnscope.measures.decomposition.error_parts import error_parts
from learnscope.measures.decomposition.parts import ErrorParts

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas

MOST_POINTS = 24
"""Points measured without being named: each takes hundreds of trainings."""


def atlas_errors(
    atlas: Atlas, points: Sequence[int] | None = None, **how: Any
) -> dict[int, ErrorParts]:
    """Return number of a point -> its measured errors, see `error_parts`.

    Args:
        atlas: its settings are read, and trained anew on draws of their own.
        points: numbers; left out, all of them, at most 24.
        how: arguments of `error_parts`.

    Raises:
        InputError: there are too many points, or the target of one is not known.
        DataError: there is no such point, or a member diverged.
    """
    chosen = list(atlas.points) if points is None else list(points)
    if points is None and len(chosen) > MOST_POINTS:
        raise InputError(
            f"Measured errors of all {len(chosen)} points would take hundreds of trainings each, "
            f"and {MOST_POINTS} points are the most without being named. Name some: --point 1."
        )
    return {number: error_parts(atlas.experiment(number), **how) for number in chosen}
