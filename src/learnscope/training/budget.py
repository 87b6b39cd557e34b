"""A budget of time: what it left undone, in plain data and in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from learnscope.training.result import Result


def budget_notes(
    seconds: float | None, seeds: Sequence[int], results: Sequence[Result | None]
) -> dict[str, Any] | None:
    """Return what a budget left undone as plain data, None where everything was finished.

    Args:
        seconds: the budget; None for none.
        seeds: root seeds of the members.
        results: what came of each, None for one that was not begun.
    """
    pairs = list(zip(seeds, results, strict=True))
    cut = [seed for seed, r in pairs if r is not None and r.status == "budget"]
    not_begun = [seed for seed, r in pairs if r is None]
    if not cut and not not_begun:
        return None
    return {"seconds": seconds, "cut": cut, "not_begun": not_begun}


def budget_sentence(notes: Mapping[str, Any] | None) -> str:
    """Say what a budget left undone, from its notes; "" where that is nothing."""
    if not notes:
        return ""
    cut, waiting = list(notes["cut"]), list(notes["not_begun"])
    parts = []
    if cut:
        parts.append(f"{_members(cut)} ended where {'it' if len(cut) == 1 else 'they'} stood")
    if waiting:
        parts.append(f"{_members(waiting)} {'was' if len(waiting) == 1 else 'were'} not begun")
    return f"The time budget of {notes['seconds']:g} s was up: {', and '.join(parts)}."


def _members(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"1 member (seed {seeds[0]})"
    if seeds[-1] - seeds[0] == len(seeds) - 1:
        return f"{len(seeds)} members (seeds {seeds[0]} to {seeds[-1]})"
    shown = ", ".join(map(str, seeds[:6]))
    return f"{len(seeds)} members (seeds {shown}{', ...' if len(seeds) > 6 else ''})"
