"""What is said of a sweep before it begins and when it is through."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from learnscope.cli.output import heading, say, table
from learnscope.cli.progress import duration

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas
    from learnscope.catalogue.sweep_outcomes import SweepOutcome
    from learnscope.sweeps.bound import Bound
    from learnscope.sweeps.cost import SweepCost
    from learnscope.sweeps.plan import Plan
    from learnscope.sweeps.sweep import Sweep
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


def bound_sentence(bound: Bound) -> str:
    """Say what a sweep in rounds takes at most: which points go on is known only then."""
    cost = bound.cost
    text = f"{bound.text}: at most {cost.members:,} members."
    guess = "" if bound.plan.counted else " (their work cannot be counted: a guess)"
    text += (
        f" At most about {duration(cost.seconds)} on {cost.threads} cores ({bound.plan.route} "
        f"route){guess} and {size(cost.bytes)}, less what is there already."
    )
    if bound.all_epochs is not None:
        text += f" At most {saving(bound.epochs, bound.all_epochs)}"
    if bound.from_the_start:
        text += f" Members begin anew in every round where {bound.from_the_start}."
    return text


def saving(epochs: int, all_epochs: int) -> str:
    """Say how many epochs are trained of those that all points to the end would take."""
    share = 100 * epochs / all_epochs
    return (
        f"{epochs:,} epochs, {share:.2g} % of the {all_epochs:,} that all points to the end take."
    )


def bound_data(bound: Bound) -> dict[str, Any]:
    """Return the bound as plain data."""
    cost = bound.cost
    return {
        "bound": "at most",
        "points": bound.points,
        "seeds": bound.seeds,
        "most_rounds": bound.n_rounds,
        "members": cost.members,
        "seconds": cost.seconds,
        "bytes": cost.bytes,
        "epochs": bound.epochs,
        "epochs_of_all": bound.all_epochs,
        "from_the_start": bound.from_the_start,
        "cores": cost.threads,
        "route": bound.plan.route,
        "route_reason": bound.plan.reason,
        "counted": bound.plan.counted,
        "axes": list(bound.axes),
    }


def chosen_by(sweep: Sweep) -> str:
    """Say how the points of a sweep are chosen on the way."""
    if sweep.way == "optuna":
        return f"Optuna, {sweep.trials} trials, seed {sweep.sampler_seed}"
    if sweep.way == "refine":
        return f"refinement, {sweep.refine} times"
    kept = f", one in {sweep.eta}" if sweep.eta else ""
    return f"halving over {sweep.halving}{kept}"


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
        "epochs": done.epochs,
        "epochs_of_all": done.all_epochs,
        "rounds": list(done.rounds),
        "errors": list(done.errors),
        "axes": list(atlas.axes),
        "measure": _score(atlas) if len(atlas.table) else None,
        "best": best_rows(done),
        "expected": [asdict(row) for row in expected_rows(done)],
    }


def expected_rows(done: Swept) -> list[SweepOutcome]:
    """Return what the catalogue expects of its own sweep beside what came; [] for others."""
    from learnscope.catalogue.named_sweeps import expected_of
    from learnscope.catalogue.sweep_outcomes import sweep_outcomes

    if not len(done.atlas.table):
        return []
    return sweep_outcomes(done.atlas, expected_of(done.atlas.sweep))


def best_rows(done: Swept) -> list[dict[str, Any]]:
    """Return the best points as plain data, the best first."""
    from learnscope.atlas.pairs import more_is_better

    atlas = done.atlas
    if not len(atlas.table):
        return []
    groups = atlas.group(measure=_score(atlas)).filter(_counts())
    rows = groups.sort("mean", descending=more_is_better(_score(atlas))).head(BEST)
    return rows.select([*atlas.axes, "n", "mean", "sd"]).to_dicts()


def _score(atlas: Atlas) -> str:
    """Return the measure that points are compared by."""
    return atlas.sweep.measure or atlas.score


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
    if done.all_epochs is not None:
        say(f"Trained now: {saving(done.epochs, done.all_epochs)}")
    rows = best_rows(done)
    if rows:
        heading(f"\nBest points by the mean of {_score(done.atlas)}")
        columns = tuple(rows[0])
        table(columns, [tuple(cell(v) for v in row.values()) for row in rows], right=columns)
    _say_expected(expected_rows(done))
    say(f"\nAtlas: {done.atlas.path}")


def _say_expected(rows: list[SweepOutcome]) -> None:
    if not rows:
        return
    marks = {True: "holds", False: "does not hold", None: "not in this atlas"}
    heading("\nWhat the catalogue expects, means over seeds")
    table(
        ("", "source", "what", "expected", "got", "members"),
        [
            (marks[r.passed], r.source, r.what, r.expected, r.got(), str(r.members or ""))
            for r in rows
        ],
        right=("members",),
    )


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
