"""Members of an atlas by cell: two directions and panels, with the middle and spread of a measure.

What the picture has no direction for is cut at the best point, or where the user says. A sampled
sweep has no two points on one line: there a cell holds all members that fall into it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError, listing, suggestion
from learnscope.views.atlas.direction import Direction, direction_of, value_text

if TYPE_CHECKING:
    import polars

    from learnscope.atlas.atlas import Atlas

PER_POINT = ("parameters", "rows")
"""Measures that a point fixes, or nearly so: they serve as directions too."""
OF_ALL = ("dead", "dead_units", "seconds", "epochs", "best_epoch", *PER_POINT)
"""What is measured of dead members too."""
STATISTICS = ("median", "mean", "sd", "q10", "q25", "q75", "q90", "failed")
PANELS = 6
"""Most values of a direction that gets a panel for each without being asked for."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cells:
    """Members by panel, row and column: shapes (p, v, u) of panels, values of y, values of x.

    Attributes:
        atlas: name of the atlas.
        measure: what is measured.
        x: the direction across.
        y: the direction up, None where there is one only.
        panel: the direction of the panels, None without.
        value: the statistic over the members that count, NaN where none does.
        low: the lowest of fewer than ten members, else the 10 % quantile.
        high: the highest, or the 90 % quantile.
        n: members that count.
        diverged: members that diverged.
        dead: members that are dead.
        point: number of the point of a cell, the first of several; -1 where there is none.
        statistic: what `value` is, see `STATISTICS`.
        fixed: settings at which the atlas was cut.
        members: (m, 4) place in p, v and u, and the value, for every member that counts.
    """

    atlas: str
    measure: str
    x: Direction
    y: Direction | None
    panel: Direction | None
    value: Array
    low: Array
    high: Array
    n: Ints
    diverged: Ints
    dead: Ints
    point: Ints
    statistic: str
    fixed: Mapping[str, Any]
    members: Array

    @property
    def missing(self) -> Array:
        """Whether a cell has no member at all."""
        return np.asarray(self.n + self.diverged + self.dead == 0)

    @property
    def failed(self) -> Array:
        """Whether a cell has members, and none that counts."""
        return np.asarray((self.n == 0) & ~self.missing)

    @property
    def cut_text(self) -> str:
        """Say where the atlas was cut: "at problem.noise = 0.5", "" for nowhere."""
        text = ", ".join(f"{p} = {value_text(v)}" for p, v in self.fixed.items())
        return f"at {text}" if text else ""

    def best(self) -> tuple[int, int, int] | None:
        """Return the place of the best value, None where there is none."""
        if not np.isfinite(self.value).any():
            return None
        pick = np.nanargmax if higher_is_better(self.measure) else np.nanargmin
        p, v, u = np.unravel_index(int(pick(self.value)), self.value.shape)
        return int(p), int(v), int(u)


def higher_is_better(measure: str) -> bool:
    """Whether more of a measure is better."""
    return measure.endswith(("accuracy", "r2"))


def lost(table: polars.DataFrame, measure: str) -> tuple[Array, Array]:
    """Return (rows,) whether each member diverged, and whether it is dead and does not count."""
    diverged = (table["status"] == "diverged").to_numpy()
    if "dead" not in table.columns or measure in OF_ALL:
        return diverged, np.zeros(len(table), dtype=bool)
    return diverged, (table["dead"].fill_null(0.0) > 0).to_numpy() & ~diverged


def cells(
    atlas: Atlas,
    *,
    x: str | None = None,
    y: str | None = None,
    panel: str | None = None,
    measure: str | None = None,
    statistic: str = "median",
    at: Mapping[str, Any] | None = None,
) -> Cells:
    """Return the members by cell.

    Args:
        atlas: the atlas.
        x: direction across: a setting that changes, "parameters" or "rows"; left out, the first
            number of the model, else of the training, else the first.
        y: direction up; left out, the next one; "" for none.
        panel: direction of the panels; left out, one of the problem with at most six values;
            "" for none.
        measure: a measure of the atlas, its score where left out.
        statistic: see `STATISTICS`.
        at: settings at which the others are cut; left out, those of the best point.

    Raises:
        InputError: a name is none of the atlas, or two directions are one.
    """
    table = atlas.table
    if not len(table):
        raise InputError(f"The atlas {atlas.name!r} has no members yet: sweep first.")
    measure = atlas.score if measure is None else check_measure(atlas, measure)
    if statistic not in STATISTICS:
        raise InputError(
            f"statistic must be one of {listing(STATISTICS)}, got {statistic!r}."
            f"{suggestion(statistic, STATISTICS)}"
        )
    names = directions(atlas, x, y, panel, cut_at=tuple(at or ()))
    kept, fixed = cut(atlas, table, names, measure, at or {})
    return _grouped(atlas.name, table, kept, names, measure, statistic, fixed)


def check_measure(atlas: Atlas, name: str) -> str:
    """Return the name of a measure; refuses what is none."""
    return name if name in ("seconds", "epochs", "best_epoch") else atlas.check_measure(name)


def directions(
    atlas: Atlas,
    x: str | None,
    y: str | None,
    panel: str | None,
    *,
    cut_at: Sequence[str] = (),
) -> tuple[str, str, str]:
    """Return the columns of x, y and the panels, "" for none; see `cells`.

    Settings at which the user cuts are not chosen as directions.
    """
    known = [*atlas.axes, *(n for n in PER_POINT if n in atlas.table.columns)]
    for word, name in (("x", x), ("y", y), ("panel", panel)):
        if name and name not in known:
            raise InputError(
                f"{word} must be a setting that changes in this atlas, got {name!r}."
                f"{suggestion(name, known)} There are {listing(known)}."
            )
    given = [name for name in (x, y, panel) if name]
    if len(set(given)) < len(given):
        raise InputError(f"x, y and panel must be different settings, got {listing(given)}.")
    rooms = {"model": 0, "training": 1, "features": 2}
    free = sorted(
        (n for n in atlas.axes if n not in (*given, *cut_at) and _varies(atlas, n)),
        key=lambda n: (not atlas.table[n].dtype.is_numeric(), rooms.get(n.partition(".")[0], 3)),
    )
    if x is None:
        x = free.pop(0) if free else next((n for n in atlas.axes if n not in given), atlas.axes[0])
    linked = _linked(atlas, x)
    free = [n for n in free if n not in linked]
    if y is None:
        y = free.pop(0) if free else ""
    free = [n for n in free if n not in _linked(atlas, y)]
    if panel is None:
        own = [n for n in free if n.startswith("problem.") and _n_values(atlas, n) <= PANELS]
        panel = own[0] if own and not atlas.sweep.is_scattered else ""
    return x, y, panel


def _varies(atlas: Atlas, name: str) -> bool:
    return _n_values(atlas, name) > 1


def _n_values(atlas: Atlas, name: str) -> int:
    return int(atlas.table[name].n_unique())


def _linked(atlas: Atlas, name: str) -> set[str]:
    """Return the settings that change together with one."""
    return {p for axis in atlas.sweep.axes if name in axis.paths for p in axis.paths}


def cut(
    atlas: Atlas,
    table: polars.DataFrame,
    names: Sequence[str],
    measure: str,
    at: Mapping[str, Any],
) -> tuple[Array, dict[str, Any]]:
    """Return (rows,) which members lie in the cut, and the settings of the cut."""
    shown: set[str] = set()
    for name in names:
        shown |= _linked(atlas, name) | {name}
    for path in at:
        if path not in atlas.axes:
            raise InputError(
                f"at: {path!r} is no setting that changes in this atlas."
                f"{suggestion(path, atlas.axes)} There are {listing(atlas.axes)}."
            )
        if path in names:
            raise InputError(f"at: {path} is a direction of the picture. Leave it out.")
    kept = np.ones(len(table), dtype=bool)
    fixed = dict(at)
    for path, value in at.items():
        kept &= _equals(table[path], value)
    # The sizes that a point fixes change with every setting: nothing is cut beside them.
    if any(name in PER_POINT for name in names) or atlas.sweep.is_scattered:
        return kept, fixed
    for path in atlas.axes:
        if path in shown or path in fixed or not _varies(atlas, path):
            continue
        value = best_settings(table, kept, measure, [path])[path]
        fixed[path] = value
        kept &= _equals(table[path], value)
    return kept, fixed


def _equals(column: polars.Series, value: Any) -> Array:
    known = column.unique(maintain_order=True).to_list()
    found = next((v for v in known if v == value or value_text(v) == str(value)), None)
    if found is None and not (value in (None, "none") and None in known):
        raise InputError(
            f"at: {column.name} has no value {value!r} in this atlas. It has "
            f"{listing((value_text(v) for v in known), 20)}."
        )
    return np.asarray(column.eq_missing(found).to_numpy())


def best_settings(
    table: polars.DataFrame, kept: Array, measure: str, paths: Sequence[str]
) -> dict[str, Any]:
    """Return settings of the point with the best median of the measure among the rows kept."""
    import polars

    diverged, dead = lost(table, measure)
    mine = table.filter(kept & ~diverged & ~dead)
    grouped = mine.group_by("point", maintain_order=True).agg(
        polars.col(measure).median().alias("_middle"), *(polars.col(p).first() for p in paths)
    )
    known = grouped.filter(polars.col("_middle").is_finite())
    if not len(known):
        return {p: table.filter(kept)[p][0] for p in paths}
    ordered = known.sort("_middle", descending=higher_is_better(measure), maintain_order=True)
    return {p: ordered[p][0] for p in paths}


def _grouped(
    atlas: str,
    table: polars.DataFrame,
    kept: Array,
    names: tuple[str, str, str],
    measure: str,
    statistic: str,
    fixed: Mapping[str, Any],
) -> Cells:
    import polars

    table = table.filter(kept)
    found = [direction_of(table[name]) if name else None for name in names]
    shape = tuple(len(found[i][0]) if found[i] else 1 for i in (2, 1, 0))  # type: ignore[index]
    zero = np.zeros(len(table), dtype=np.int64)
    places = tuple(found[i][1] if found[i] else zero for i in (2, 1, 0))  # type: ignore[index]
    flat = np.ravel_multi_index(places, shape)
    diverged, dead = lost(table, measure)
    raw = np.asarray(table[measure].cast(polars.Float64).fill_null(math.nan).to_numpy())
    counts = ~diverged & ~dead & np.isfinite(raw)
    size = math.prod(shape)
    value, low, high = _statistics(flat[counts], raw[counts], size, statistic)
    n = np.bincount(flat, counts, size).astype(np.int64)
    gone = np.bincount(flat, diverged, size).astype(np.int64)
    stuck = np.bincount(flat, dead, size).astype(np.int64)
    if statistic == "failed":
        total = n + gone + stuck
        with np.errstate(invalid="ignore"):
            value = np.where(total > 0, (gone + stuck) / total, np.nan)
    point = np.full(size, -1, dtype=np.int64)
    # The first of several points comes last in the reversed order, and stays.
    point[flat[::-1]] = table["point"].to_numpy()[::-1]
    x, y, panel = (f[0] if f else None for f in found)
    assert x is not None
    return Cells(
        atlas=atlas, measure=measure, x=x, y=y, panel=panel, statistic=statistic, fixed=fixed,
        value=value.reshape(shape), low=low.reshape(shape), high=high.reshape(shape),
        n=n.reshape(shape), diverged=gone.reshape(shape), dead=stuck.reshape(shape),
        point=point.reshape(shape),
        members=np.column_stack([*(p[counts] for p in places), raw[counts]]),
    )  # fmt: skip


def _statistics(flat: Ints, values: Array, size: int, statistic: str) -> tuple[Array, ...]:
    """Return (size,) the statistic, and the ends of the spread, of values by cell."""
    import polars

    column = polars.col("v")
    shares = {"q10": 0.1, "q25": 0.25, "q75": 0.75, "q90": 0.9}
    middle = {"mean": column.mean(), "sd": column.std(ddof=1)}.get(statistic, column.median())
    if statistic in shares:
        middle = column.quantile(shares[statistic], "linear")
    few = polars.len() < 10
    frame = polars.DataFrame({"f": flat, "v": values}).group_by("f")
    found = frame.agg(
        middle.alias("middle"),
        polars.when(few).then(column.min()).otherwise(column.quantile(0.1, "linear")).alias("low"),
        polars.when(few).then(column.max()).otherwise(column.quantile(0.9, "linear")).alias("high"),
    )
    result = []
    for name in ("middle", "low", "high"):
        array = np.full(size, np.nan)
        array[found["f"].to_numpy()] = found[name].cast(polars.Float64).fill_null(math.nan)
        result.append(array)
    return tuple(result)
