"""`learnscope runs`: list, show, compare and remove runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from learnscope.cli.compare import comparisons, differences, say_comparisons
from learnscope.cli.figures import main_metric, of_living, rows_of, spread_text
from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.cli.removal import check_removable, remove_run
from learnscope.errors import DataError, InputError, Interrupted
from learnscope.runs.folder import (
    META,
    all_runs,
    find_run,
    read_meta,
    read_settings,
    state_of,
    whole_meta,
)


def list(*, out: Path = Path("runs"), json: bool = False) -> int:
    """List the runs, newest first.

    Args:
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
    """
    folders = all_runs(out)[::-1]
    if json:
        print_json({"runs": [_facts(folder) for folder in folders]})
        return 0
    if not folders:
        note(f"learnscope: there is no run in {str(out)!r} yet. Start one with 'learnscope run'.")
        return 0
    rows = []
    for folder in folders:
        meta = read_meta(folder)
        rows.append(
            (
                folder.name,
                folder.parent.name,
                _state(folder, meta),
                str(meta.get("members", "")),
                _main_figure(folder),
            )
        )
    table(("stamp", "name", "state", "members", "main figure"), rows, right=("members",))
    return 0


def show(run: str, /, *, out: Path = Path("runs"), json: bool = False) -> int:
    """Show how a run went.

    Args:
        run: folder, name, stamp, or "last".
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
    """
    folder = find_run(run, out)
    experiment = read_settings(folder)
    _check_notes(folder)
    facts = _facts(folder)
    if json:
        print_json({**facts, "experiment": experiment.to_dict()})
        return 0
    heading(f"{facts['name']}  {folder.name}")
    keys = ("path", "state", "members", "route", "seconds_training", "started", "command")
    table(("", ""), [(key, str(facts[key])) for key in keys if facts[key] not in (None, "")])
    for text in facts["warnings"]:
        say(f"Warning: {text}")
    _metrics_table({"": facts})
    if facts["state"] != "done":
        say(f"\nGo on with: learnscope run --resume {folder}")
    return 0


def compare(*runs: str, out: Path = Path("runs"), json: bool = False) -> int:
    """Compare runs: differing settings first, then the figures, then whether they tell apart.

    The first run is compared with each of the others, in pairs of rows and of seeds where they
    share them. Every answer says which question it answers: other rows, other seeds, or both.

    Args:
        runs: two or more: folder, name, stamp, or "last".
        out: folder below which the runs are, "runs" where left out.
        json: print one JSON object.
    """
    if len(runs) < 2:
        raise InputError(f"'runs compare' needs two runs or more, got {len(runs)}.")
    folders = [find_run(run, out) for run in runs]
    if len(set(folders)) < len(folders):
        raise InputError(
            f"'runs compare' needs different runs, got {', '.join(map(str, folders))}."
        )
    for folder in folders:
        _check_notes(folder)
    changed = differences([_settings(folder) for folder in folders])
    facts, labels = [_facts(folder) for folder in folders], _labels(folders)
    found = comparisons(folders, labels)
    if json:
        print_json(
            {"differences": changed, "runs": facts, "comparisons": [c.data() for c in found]}
        )
        return 0
    heading("Settings that differ" if changed else "The settings are the same")
    if changed:
        cells = [(path, *map(_cell, values)) for path, values in changed.items()]
        table(("setting", *labels), cells)
    say()
    _metrics_table(dict(zip(labels, facts, strict=True)))
    say_comparisons(found)
    return 0


def rm(*runs: str, out: Path = Path("runs"), yes: bool = False) -> int:
    """Remove runs for good.

    Args:
        runs: folder, name (its newest run), stamp, or "last".
        out: folder below which the runs are, "runs" where left out.
        yes: do not ask.
    """
    if not runs:
        raise InputError("'runs rm' needs a run: a folder, a name, a stamp or 'last'.")
    folders = [*dict.fromkeys(find_run(run, out) for run in runs)]
    for folder in folders:
        check_removable(folder)
    if not yes:
        _ask(folders)
    for folder in folders:
        remove_run(folder)
        note(f"learnscope: removed {str(folder)!r}.")
    return 0


def _ask(folders: Sequence[Path]) -> None:
    names = ", ".join(map(str, folders))
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"Removing {names} cannot be undone: say --yes if that is meant.")
    print(f"Remove {names} for good? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Interrupted("Nothing was removed.")


def _check_notes(folder: Path) -> None:
    """Refuse notes that are not whole; a run that is just beginning may have none yet."""
    state = state_of(folder)
    if state == "done":
        whole_meta(folder)
    elif not read_meta(folder) and (state != "running" or (folder / META).exists()):
        raise DataError(
            f"{str(folder / META)!r} is missing or damaged. Go on with 'learnscope run --resume "
            f"{folder}', which writes it anew."
        )


def _main_figure(folder: Path) -> str:
    try:
        _check_notes(folder)
    except DataError:
        return f"{META} is missing or damaged"
    return main_metric(read_meta(folder))


def _facts(folder: Path) -> dict[str, Any]:
    """Return what the folder's own notes say, without reading weights or data."""
    meta = read_meta(folder)
    return {
        "path": str(folder),
        "stamp": folder.name,
        "name": folder.parent.name,
        "state": _state(folder, meta),
        "members": meta.get("members"),
        "route": meta.get("route"),
        "seconds_training": meta.get("seconds_training"),
        "started": meta.get("started"),
        "command": meta.get("command"),
        "warnings": meta.get("warnings", []),
        "metrics": meta.get("metrics") or {},
        "alive": meta.get("alive"),
        "rows": meta.get("rows"),
    }


def _state(folder: Path, meta: Mapping[str, Any]) -> str:
    """Return the state of a run; one that is done as far as its time went is in "budget"."""
    state = state_of(folder)
    return "budget" if state == "done" and meta.get("budget") else state


def _settings(folder: Path) -> dict[str, Any]:
    """Return all that can change a result: the experiment, the route and the versions."""
    meta = read_meta(folder)
    made_with = {"route": meta.get("route"), "versions": meta.get("versions", {})}
    return {**read_settings(folder).to_dict(), "made_with": made_with}


def _metrics_table(runs: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the figures of runs, given as label -> their notes."""
    metrics = [of_living(notes) for notes in runs.values()]
    names = [*dict.fromkeys(name for row in metrics for name in row)]
    if not names:
        say("There are no figures yet.")
        return
    rows = [
        (
            name,
            *(
                spread_text(row.get(name, ()), rows_of(name, notes))
                for row, notes in zip(metrics, runs.values(), strict=True)
            ),
        )
        for name in names
    ]
    table(("figure", *(label or "median [min, max] of the living" for label in runs)), rows)


def _labels(folders: Sequence[Path]) -> Sequence[str]:
    """Return the shortest words that tell the runs apart."""
    names = [folder.parent.name for folder in folders]
    if len({*names}) == len(names):
        return names
    return [f"{folder.parent.name}/{folder.name}" for folder in folders]


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)
