"""`learnscope atlas`: list, show, query, compare, open, export and remove atlases."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.cli.progress import duration
from learnscope.cli.sweep_text import cell, chosen_by, size
from learnscope.errors import InputError, Interrupted, LearnscopeError

if TYPE_CHECKING:
    import polars

    from learnscope.atlas.atlas import Atlas

OUT = Path("atlases")
POINTS = 20
"""Rows of a table that are shown where nothing else is asked for."""


def list(*, out: Path = OUT, json: bool = False) -> int:
    """List the atlases, the one written last at the end.

    Args:
        out: folder below which the atlases are, "atlases" where left out.
        json: print one JSON object.
    """
    from learnscope.atlas.folder import all_atlases

    rows = [_facts(folder) for folder in all_atlases(out)]
    if json:
        print_json({"atlases": rows})
        return 0
    if not rows:
        note(
            f"learnscope: there is no atlas in {str(out)!r} yet. Make one with 'learnscope sweep'."
        )
        return 0
    names = ("name", "state", "members", "axes", "size")
    cells = [
        (
            row["name"],
            row["state"],
            "" if row["members"] is None else f"{row['members']:,}",
            ", ".join(row["axes"]),
            size(row["bytes"]),
        )
        for row in rows
    ]
    table(names, cells, right=("members", "size"))
    return 0


def show(atlas: str, /, *, measure: str | None = None, out: Path = OUT, json: bool = False) -> int:
    """Show an atlas: its axes, how far it is, and its best points.

    Args:
        atlas: folder, the beginning of its name, or "last".
        measure: measure of the best points; left out, accuracy or squared error on test rows.
        out: folder below which the atlases are, "atlases" where left out.
        json: print one JSON object.
    """
    from learnscope.atlas.atlas import load_atlas
    from learnscope.atlas.pairs import more_is_better

    found = load_atlas(atlas, out=out)
    facts = _facts(found.path)
    wanted = _asked(found)
    members = found.table
    best: Sequence[dict[str, Any]] = []
    score = None
    if len(members):
        score = found.check_measure(measure or found.score)
        groups = found.group(["point", *found.axes], score)
        groups = groups.filter(groups["n"] > 0)
        best = groups.sort("mean", descending=more_is_better(score)).head(POINTS).to_dicts()
    failures = _failures(found)
    counts: dict[str, Any] = {
        "failures": failures,
        "asked": wanted,
        "points": members["point"].n_unique(),
        "seeds": members["seed"].n_unique(),
        "diverged": int((members["status"] == "diverged").sum()),
    }
    if json:
        print_json(
            {**facts, **counts, "measures": found.measures if len(members) else [],
             "measure": score, "best": best}
        )  # fmt: skip
        return 0
    heading(found.name)
    meta: dict[str, Any] = found.meta
    rows: Sequence[tuple[str, str]] = [
        ("path", str(found.path)),
        ("state", facts["state"]),
        (
            "members",
            f"{len(members):,}, of {counts['points']:,} points and {counts['seeds']} seeds",
        ),
        *((axis.name, _values(axis.choices)) for axis in found.sweep.axes),
        *([("condition", found.sweep.where)] if found.sweep.where else []),
        *([("points chosen by", chosen_by(found.sweep))] if found.sweep.way else []),
        *([("diverged", f"{counts['diverged']:,}")] if counts["diverged"] else []),
        *([("trained in", duration(meta["seconds"]))] if meta.get("seconds") else []),
        *([("command", str(meta["command"]))] if meta.get("command") else []),
    ]
    table(("", ""), rows)
    for text in failures:
        say(f"Failed: {text}")
    if best:
        heading(f"\nBest points by the mean of {score}")
        names = ("point", *found.axes, "n", "mean", "sd", "low", "high")
        _table(names, [[row[n] for n in names] for row in best])
    if facts["state"] != "done":
        say(f"\nGo on with: learnscope sweep --resume {found.path}")
    return 0


def _asked(atlas: Atlas) -> int | None:
    """Return the members asked for; None where they are chosen on the way and it is not through."""
    if atlas.sweep.way is None:
        return atlas.sweep.experiment.seeds * len(atlas.sweep.points())
    return atlas.meta.get("members")


def query(
    atlas: str,
    /,
    *,
    by: Annotated[Sequence[str], Parameter(name="--by")] = (),
    where: Annotated[Sequence[str], Parameter(name="--where")] = (),
    measure: Annotated[Sequence[str], Parameter(name="--measure")] = (),
    sort: str | None = None,
    descending: bool = False,
    top: int | None = None,
    to: Path | None = None,
    csv: bool = False,
    out: Path = OUT,
    json: bool = False,
) -> int:
    """Filter the members of an atlas, and gather them over their seeds.

    Args:
        atlas: folder, the beginning of its name, or "last".
        by: setting whose values make a group, several times for several; left out, rows are
            members, or points where there is a --measure.
        where: condition, such as "problem.noise <= 1"; of several, all must hold.
        measure: what is gathered over a group: mean, spread, interval, quantiles.
        sort: column to sort by.
        descending: the greatest first.
        top: how many rows; all where left out, but 20 on the screen.
        to: file to write (.csv, .parquet or .json).
        csv: print CSV instead of a table.
        out: folder below which the atlases are, "atlases" where left out.
        json: print one JSON object.
    """
    from learnscope.atlas.atlas import load_atlas
    from learnscope.atlas.selection import check_column

    if top is not None and top < 1:
        raise InputError(f"--top must be >= 1, got {top}.")
    if csv and json:
        raise InputError("--csv and --json are two forms of one answer: leave one.")
    found = load_atlas(atlas, out=out)
    rows = _queried(found, _split(by), where, _split(measure))
    if sort is not None:
        column = check_column(rows, sort)
        rows = rows.sort(column, descending=descending, nulls_last=True, maintain_order=True)
    elif descending:
        raise InputError("--descending needs --sort COLUMN.")
    whole = len(rows)
    rows = rows if top is None else rows.head(top)
    if to is not None:
        _write(rows, to)
        note(f"learnscope: wrote {len(rows):,} rows to {str(to)!r}.")
        if json:
            print_json({"atlas": str(found.path), "rows": len(rows), "to": str(to)})
    elif json:
        print_json({"atlas": str(found.path), "columns": rows.columns, "rows": rows.to_dicts()})
    elif csv:
        sys.stdout.write(rows.write_csv())
    else:
        shown = rows.head(top or POINTS)
        _table(shown.columns, shown.rows())
        if len(shown) < whole:
            note(f"learnscope: {len(shown)} of {whole:,} rows (--top N shows more, --csv all).")
    return 0


def compare(
    atlas: str,
    first: int,
    second: int,
    /,
    *,
    measure: str | None = None,
    out: Path = OUT,
    json: bool = False,
) -> int:
    """Compare two points of an atlas, in pairs of members of one seed.

    Args:
        atlas: folder, the beginning of its name, or "last".
        first: number of a point, as in 'atlas query'.
        second: number of another.
        measure: left out, accuracy or squared error on test rows.
        out: folder below which the atlases are, "atlases" where left out.
        json: print one JSON object.
    """
    from dataclasses import asdict

    from learnscope.atlas.atlas import load_atlas

    found = load_atlas(atlas, out=out)
    name = found.check_measure(measure or found.score)
    difference = found.compare(first, second, name)
    points = [found.points[number] for number in (first, second)]
    changed = {p: [point.get(p) for point in points] for p in found.axes}
    changed = {p: values for p, values in changed.items() if values[0] != values[1]}
    if json:
        print_json({"atlas": str(found.path), "measure": name, "differences": changed,
                    **asdict(difference), "clear": difference.clear})  # fmt: skip
        return 0
    heading("Settings that differ")
    _table(("setting", f"point {first}", f"point {second}"), [(p, *v) for p, v in changed.items()])
    say(f"\n{name}. {difference.sentence(f'point {first}', f'point {second}')}")
    return 0


def open(
    atlas: str,
    /,
    *,
    point: int,
    seed: int | None = None,
    to: Path = Path("runs"),
    no_report: bool = False,
    out: Path = OUT,
    json: bool = False,
) -> int:
    """Write the members of a point as a run, which all commands take that take runs.

    Args:
        atlas: folder, the beginning of its name, or "last".
        point: its number, as in 'atlas query'.
        seed: root seed of one member; left out, all of the point.
        to: folder below which the run's own folder is made, "runs" where left out.
        no_report: write no report.
        out: folder below which the atlases are, "atlases" where left out.
        json: print one JSON object.
    """
    from learnscope.atlas.atlas import load_atlas
    from learnscope.runs.run import load_run, write_report

    found = load_atlas(atlas, out=out)
    folder = found.open(point, seed).save(to)
    report = None if no_report else write_report(load_run(folder))
    if json:
        print_json({"path": str(folder), "report": None if report is None else str(report)})
        return 0
    say(f"Run: {folder}")
    if report is not None:
        say(f"Report: {report}")
    return 0


def export(
    atlas: str,
    /,
    *,
    to: Path,
    where: Annotated[Sequence[str], Parameter(name="--where")] = (),
    out: Path = OUT,
    json: bool = False,
) -> int:
    """Write the weights and histories of members, stacked, for everybody's tools.

    Args:
        atlas: folder, the beginning of its name, or "last".
        to: folder for weights.safetensors, members.parquet and histories.parquet.
        where: condition, such as "problem.noise <= 1"; of several, all must hold.
        out: folder below which the atlases are, "atlases" where left out.
        json: print one JSON object.
    """
    from learnscope.atlas.atlas import load_atlas
    from learnscope.atlas.exporting import export as write

    found = load_atlas(atlas, out=out)
    written = write(found, to, where)
    if json:
        print_json({"path": str(to), "members": written.members, "files": [*written.files]})
        return 0
    say(f"{written.members:,} members in {str(to)!r}: {', '.join(written.files)}.")
    return 0


def rm(*atlases: str, out: Path = OUT, yes: bool = False) -> int:
    """Remove atlases for good.

    Args:
        atlases: folder, the beginning of its name, or "last".
        out: folder below which the atlases are, "atlases" where left out.
        yes: do not ask.
    """
    from learnscope.atlas.folder import find_atlas, remove_atlas

    if not atlases:
        raise InputError("'atlas rm' needs an atlas: a folder, a name or 'last'.")
    folders = [*dict.fromkeys(find_atlas(text, out) for text in atlases)]
    if not yes:
        _ask(", ".join(map(str, folders)))
    for folder in folders:
        remove_atlas(folder)
        note(f"learnscope: removed {str(folder)!r}.")
    return 0


def _queried(
    found: Atlas, by: Sequence[str], where: Sequence[str], measures: Sequence[str]
) -> polars.DataFrame:
    """Return members, or groups of them: one measure with all statistics, or means of several."""
    if not by and not measures:
        return found.select(*where)
    groups = by or ("point", *found.axes)
    if len(measures) <= 1:
        return found.group(groups, *measures[:1], where=where)
    tables = [found.group(groups, name, where=where) for name in measures]
    keys = tables[0].columns[: tables[0].columns.index("n")]
    whole = tables[0].select([*keys, "n"])
    for name, own in zip(measures, tables, strict=True):
        for column in ("mean", "sd"):
            whole = whole.with_columns(own[column].alias(f"{name}.{column}"))
    return whole


def _split(words: Sequence[str]) -> Sequence[str]:
    """Return names given one by one or at commas."""
    return [part.strip() for word in words for part in word.split(",") if part.strip()]


def _write(rows: polars.DataFrame, to: Path) -> None:
    from learnscope.files import replace_whole

    writers: dict[str, Callable[[Path], Any]] = {
        ".csv": rows.write_csv,
        ".parquet": rows.write_parquet,
        ".json": rows.write_json,
    }
    if to.suffix not in writers:
        raise InputError(f"--to must end in {', '.join(writers)}, got {str(to)!r}.")
    replace_whole(to, lambda path: writers[to.suffix](path))


def _facts(folder: Path) -> dict[str, Any]:
    """Return what can be said of an atlas without reading its table."""
    from learnscope.atlas.atlas import Atlas
    from learnscope.atlas.state import count_of, state_of

    facts: dict[str, Any] = {
        "path": str(folder),
        "name": folder.name,
        "state": state_of(folder),
        "members": None,
        "axes": [],
        "bytes": sum(p.stat().st_size for p in folder.iterdir() if p.is_file()),
    }
    try:
        atlas = Atlas(folder)
        facts |= {"axes": [*atlas.axes], "members": count_of(folder)}
        facts["started"] = atlas.meta.get("started")
        facts["command"] = atlas.meta.get("command")
    except LearnscopeError:
        facts["state"] = "damaged"
    return facts


def _failures(found: Atlas) -> Sequence[str]:
    from learnscope.atlas.state import failures_of

    return failures_of(found.path)


def _values(choices: Any) -> str:
    if not isinstance(choices, tuple):
        return f"{choices.low:g} to {choices.high:g}{' (logarithm)' if choices.log else ''}"
    texts = [str(value) for value in choices]
    if len(texts) > 12:
        texts = [*texts[:6], "...", *texts[-2:]]
    return ", ".join(texts)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    numbers = [
        name
        for i, name in enumerate(columns)
        if all(row[i] is None or isinstance(row[i], int | float) for row in rows)
    ]
    table(columns, [tuple(cell(value) for value in row) for row in rows], right=numbers)


def _ask(names: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"Removing {names} cannot be undone: say --yes if that is meant.")
    print(f"Remove {names} for good? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Interrupted("Nothing was removed.")
