"""What is said of a sweep before it begins and when it is through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from learnscope.cli.output import heading, say, table
from learnscope.cli.progress import duration

if TYPE_CHECKING:
    from learnscope.sweeps.cost import SweepCost
    from learnscope.sweeps.plan import Plan
    from learnscope.sweeps.work import Swept

BEST = 5
"""Points shown at the end."""


def cost_sentence(plan: Plan, cost: SweepCost) -> str:
    """Say how many members there are, how long they take and how large the atlas gets."""
    axes = " x ".join(f"{axis.name}" for axis in plan.sweep.axes)
    seeds = plan.sweep.experiment.seeds
    points = f"{len(plan.points):,} points of {axes}"
    text = f"{points}, {seeds:,} {'seed' if seeds == 1 else 'seeds'} each: {cost.members:,} members"
    if cost.there:
        text += f", {cost.there:,} of them there already"
    guess = "" if plan.counted else " (their work cannot be counted: a guess)"
    return (
        f"{text}. About {duration(cost.seconds)} on {cost.threads} cores ({plan.route} route)"
        f"{guess} and {size(cost.bytes)}."
    )


def cost_data(plan: Plan, cost: SweepCost) -> dict[str, Any]:
    """Return the cost as plain data."""
    return {
        "points": len(plan.points),
        "seeds": plan.sweep.experiment.seeds,
        "members": cost.members,
        "skipped": cost.there,
        "seconds": cost.seconds,
        "bytes": cost.bytes,
        "cores": cost.threads,
        "route": plan.route,
        "route_reason": plan.reason,
        "counted": plan.counted,
        "axes": {axis.name: _choices(axis.choices) for axis in plan.sweep.axes},
    }


def _choices(choices: Any) -> Any:
    if isinstance(choices, tuple):
        return list(choices)
    return {"low": choices.low, "high": choices.high, "log": choices.log, "whole": choices.whole}


def as_data(done: Swept) -> dict[str, Any]:
    """Return what came of a sweep as plain data."""
    atlas = done.atlas
    return {
        "path": str(atlas.path),
        "name": atlas.name,
        "members": done.members,
        "trained": done.trained,
        "skipped": done.skipped,
        "failed": done.failed,
        "diverged": done.diverged,
        "seconds": done.seconds,
        "errors": list(done.errors),
        "axes": list(atlas.axes),
        "measure": atlas.score if len(atlas.table) else None,
        "best": best_rows(done),
    }


def best_rows(done: Swept) -> list[dict[str, Any]]:
    """Return the best points as plain data, the best first."""
    from learnscope.atlas.pairs import more_is_better

    atlas = done.atlas
    if not len(atlas.table):
        return []
    groups = atlas.group().filter(_counts())
    rows = groups.sort("mean", descending=more_is_better(atlas.score)).head(BEST)
    return rows.select([*atlas.axes, "n", "mean", "sd"]).to_dicts()


def _counts() -> Any:
    import polars

    return polars.col("n") > 0


def outcome(done: Swept) -> None:
    """Write what came of a sweep."""
    rate = ""
    if done.trained and done.seconds > 0:
        rate = f", {60 * done.trained / done.seconds:,.0f} members a minute"
    parts = [f"{done.trained:,} trained in {duration(done.seconds)}{rate}"]
    if done.skipped:
        parts.append(f"{done.skipped:,} were there")
    if done.failed:
        parts.append(f"{done.failed:,} failed")
    say(f"{done.members:,} members: {', '.join(parts)}.")
    rows = best_rows(done)
    if rows:
        heading(f"\nBest points by the mean of {done.atlas.score}")
        columns = tuple(rows[0])
        table(columns, [tuple(cell(v) for v in row.values()) for row in rows], right=columns)
    say(f"\nAtlas: {done.atlas.path}")


def cell(value: Any) -> str:
    """Return a value of a table with four digits."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def size(n: float) -> str:
    """Return bytes in the unit a reader would choose."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n < 1000:
            return f"{n:.0f} {unit}" if unit == "bytes" or n >= 9.5 else f"{n:.1f} {unit}"
        n /= 1000
    return f"{n:,.1f} TB"
