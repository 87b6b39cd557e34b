"""`learnscope run NAME --variant all`: every variant trained, and one table of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from learnscope.cli.output import heading, table
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Entry
    from learnscope.experiment import Experiment
    from learnscope.runs.run import Run

ALL = "all"
MOST_COLUMNS = 6


def variants(
    what: str | None, variant: str, overrides: Mapping[str, Any]
) -> list[tuple[str, Experiment]]:
    """Return (name, experiment) of the variant that is meant, or of all of them.

    Raises:
        InputError: `what` is no entry of the catalogue, or has no such variant.
    """
    from learnscope.catalogue import named, names, read_entry

    if what is None or what not in names():
        raise InputError(f"--variant is for experiments of the catalogue, and {what!r} is none.")
    found: Entry = read_entry(what)
    chosen = found.variants() if variant == ALL else (variant,)
    return [(name, named(what, name).override(overrides)) for name in chosen]


def run_all(
    chosen: Sequence[tuple[str, Experiment]],
    train: Callable[[str, Experiment], tuple[int, Run]],
    *,
    silent: bool,
) -> tuple[int, list[dict[str, Any]]]:
    """Train all variants, each into its own folder, and print one table of their scores.

    Returns:
        The worst exit code, and the scores as plain data.
    """
    code = 0
    rows: list[dict[str, Any]] = []
    for name, experiment in chosen:
        own, run = train(name, experiment)
        code = own if code == 0 else code
        rows.append({"variant": name, "path": str(run.path), "metrics": run.metrics})
    if not silent:
        heading("\nAll variants, median (range) of the members")
        columns = _columns(rows)
        table(
            ("variant", *columns),
            [(row["variant"], *(_cell(row["metrics"], name) for name in columns)) for row in rows],
        )
    return code, rows


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    every = dict.fromkeys(name for row in rows for name in row["metrics"])
    return [name for name in every if not name.endswith(("mae", "mse", "balanced_accuracy"))][
        :MOST_COLUMNS
    ]


def _cell(metrics: Mapping[str, Sequence[float]], name: str) -> str:
    import math

    from learnscope.catalogue.checking import spread

    values = [v for v in metrics.get(name, ()) if math.isfinite(v)]
    return spread(values) if values else ""
