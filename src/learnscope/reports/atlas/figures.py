"""The figures of an atlas as plain data for its report: points, places on the axes, measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array
from learnscope.views.atlas.cells import best_settings, higher_is_better, lost
from learnscope.views.atlas.direction import direction_of, value_text
from learnscope.views.atlas.ticks import measure_text

if TYPE_CHECKING:
    import polars

    from learnscope.atlas.atlas import Atlas

DIGITS = 4
HIDDEN = ("dead", "rows", "parameters")
"""Measures that are said of a point otherwise."""


def atlas_figures(atlas: Atlas, words: Mapping[int, str]) -> dict[str, Any]:
    """Return what the map and the table of the page are made of; numbers have four digits.

    `axes`: path, label, texts of the values, place of the best point's value. `measures`: name,
    label, whether more is better. `points`: `id`, `place` (for each axis a list), `n`,
    `diverged`, `dead`, `parameters`, `word`, and for each measure `median`, `mean`, `sd`, `low`
    and `high` over the members that count, null where none does.

    Args:
        atlas: the atlas.
        words: number of a point -> what limits it.
    """
    import polars

    table = atlas.table
    diverged, dead = lost(table, atlas.score)
    flagged = table.with_columns(_gone=polars.Series(diverged), _dead=polars.Series(dead))
    counts = flagged.group_by("point", maintain_order=True).agg(
        (~polars.col("_gone") & ~polars.col("_dead")).sum().alias("n"),
        polars.col("_gone").sum(),
        polars.col("_dead").sum(),
        *(polars.col(p).first() for p in atlas.axes),
        *(polars.col(p).median().alias(p) for p in ("parameters",) if p in table.columns),
    )
    names = [n for n in (*atlas.measures, "seconds") if n not in HIDDEN]
    names.sort(key=lambda n: n != atlas.score)
    best = best_settings(table, np.ones(len(table), dtype=bool), atlas.score, atlas.axes)
    axes, places = [], []
    for path in atlas.axes:
        direction, place = direction_of(counts[path])
        texts = direction.texts
        own = value_text(best[path])
        start = texts.index(own) if own in texts else 0
        axes.append({"path": path, "label": direction.label, "texts": texts, "best": start})
        places.append(place.tolist())
    return {
        "axes": axes,
        "measures": [
            {"name": n, "label": measure_text(n), "up": higher_is_better(n)} for n in names
        ],
        "points": {
            "id": counts["point"].to_list(),
            "place": places,
            "n": counts["n"].to_list(),
            "diverged": counts["_gone"].to_list(),
            "dead": counts["_dead"].to_list(),
            "parameters": _short(counts["parameters"]) if "parameters" in counts.columns else None,
            "word": [words.get(int(p), "") for p in counts["point"]],
            "values": {n: _values(flagged, counts["point"], n) for n in names},
        },
        "sampled": atlas.sweep.is_scattered,
    }


def _values(flagged: polars.DataFrame, points: polars.Series, name: str) -> dict[str, list[Any]]:
    import polars

    diverged, dead = lost(flagged, name)
    column = polars.col(name).cast(polars.Float64)
    alive = flagged.filter(~diverged & ~dead).filter(column.is_finite())
    few = polars.len() < 10
    found = alive.group_by("point").agg(
        column.median().alias("median"),
        column.mean().alias("mean"),
        column.std(ddof=1).alias("sd"),
        polars.when(few).then(column.min()).otherwise(column.quantile(0.1, "linear")).alias("low"),
        polars.when(few).then(column.max()).otherwise(column.quantile(0.9, "linear")).alias("high"),
    )
    whole = polars.DataFrame({"point": points}).join(
        found, on="point", how="left", maintain_order="left"
    )
    return {word: _short(whole[word]) for word in ("median", "mean", "sd", "low", "high")}


def _short(column: polars.Series) -> list[float | int | None]:
    """Return numbers with four digits that matter; whole ones as such, absent ones as None."""
    return [_number(v) for v in column.to_list()]


def _number(value: float | None) -> float | int | None:
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e9 else short


def best_of_cells(data: Mapping[str, Any]) -> list[int]:
    """Return the places in `points` of the best of each cell that the page shows first.

    The page begins with the first two axes that vary, those of the problem last, and with the
    best value of all others.
    """
    points, measure, axes = data["points"], data["measures"][0], data["axes"]
    vary = [k for k, axis in enumerate(axes) if len(axis["texts"]) > 1]
    vary.sort(key=lambda k: axes[k]["path"].startswith("problem."))
    shown, cut = vary[:2], [] if data["sampled"] else vary[2:]
    medians, up = points["values"][measure["name"]]["median"], measure["up"]
    best: dict[tuple[int, ...], int] = {}
    for i in range(len(points["id"])):
        cell = tuple(points["place"][k][i] for k in shown)
        elsewhere = any(points["place"][k][i] != axes[k]["best"] for k in cut)
        if medians[i] is None or elsewhere:
            continue
        before = best.get(cell)
        if before is None or (medians[i] > medians[before] if up else medians[i] < medians[before]):
            best[cell] = i
    return sorted(best.values())


def spread_evenly(n: int, most: int) -> Array:
    """Return at most so many of n places, evenly spaced, all where they fit."""
    if n <= most:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, most).round().astype(int))
