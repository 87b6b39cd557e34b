"""From an error to what it means."""

from __future__ import annotations

import linecache
import re
from collections.abc import Sequence

from learnscope.doctor.explaining import graph, kinds, loaders, shapes, targets
from learnscope.doctor.explaining.base import Explanation, Failure, Rule
from learnscope.doctor.watching.frames import line_of_error, place
from learnscope.doctor.watching.seen import Seen, ShapeSeen

RULES: tuple[Rule, ...] = (
    *targets.RULES,
    *shapes.RULES,
    *graph.RULES,
    *kinds.RULES,
    *loaders.RULES,
)
"""Every pattern, the more special ones first."""


def failure_of(error: BaseException, seen: Seen | None = None) -> Failure:
    """Return an error with what was seen on the way to it.

    Args:
        error: what a program raised, with its traceback.
        seen: what was seen of the program; None where it was not watched.
    """
    filename, number = line_of_error(error.__traceback__)
    failed: Sequence[ShapeSeen] = () if seen is None else seen.failed
    return Failure(
        kind=type(error).__name__,
        message=str(error),
        where=place(filename, number) if filename else "",
        line=linecache.getline(filename, number).strip() if filename else "",
        layers=_layers(seen),
        failed=_innermost_named(failed),
    )


def explain(failure: Failure) -> Explanation | None:
    """Return what an error means, None for one that is not PyTorch's or not known."""
    text = f"{failure.kind}: {failure.message}"
    for pattern, say in RULES:
        match = re.search(pattern, text, flags=re.DOTALL)
        found = None if match is None else say(failure, match)
        if found is not None:
            return found
    return None


def _layers(seen: Seen | None) -> Sequence[ShapeSeen]:
    models = [] if seen is None else [m for m in seen.models.values() if m.shapes]
    return tuple(s for s in models[-1].shapes) if models else ()


def _innermost_named(failed: Sequence[ShapeSeen]) -> Sequence[ShapeSeen]:
    """Return what raised, innermost first; a layer of PyTorch stands for the operation in it."""
    if len(failed) > 1 and not failed[0].of_torch and failed[1].of_torch:
        return tuple(failed[1:])
    return tuple(failed)
