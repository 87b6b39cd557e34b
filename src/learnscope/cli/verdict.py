"""`learnscope verdict`: what limits a run or an atlas, and what to change, tried out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learnscope.cli.budget import read_seconds
from learnscope.cli.output import heading, print_json, say, table
from learnscope.cli.progress import Style, make_sink
from learnscope.cli.stopping import stopping
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.measures.atlas.result import AtlasVerdict
    from learnscope.measures.kept import Kept

TRIALS = "trials"
"""Folder in that of a run or an atlas."""


def verdict(
    what: str,
    /,
    *,
    no_trials: bool = False,
    budget: str = "60s",
    seeds: int = 10,
    out: Path = Path("runs"),
    atlases: Path = Path("atlases"),
    progress: Style = "auto",
    json: bool = False,
) -> int:
    """Say what limits a run or the points of an atlas, which is best, and what to change.

    Args:
        what: run or atlas: a folder, a name, or "last" for the last run.
        no_trials: train nothing: the proposals are not put to the test.
        budget: time for all trials together, by estimate, such as 30s or 5m.
        seeds: fresh seeds on which the best setting and each proposal are trained.
        out: folder below which the runs are, "runs" where left out.
        atlases: folder below which the atlases are, "atlases" where left out.
        progress: how progress is shown on stderr.
        json: print one JSON object.
    """
    from learnscope.atlas.atlas import Atlas
    from learnscope.cli.subject import run_or_atlas
    from learnscope.measures.atlas.verdict import atlas_verdict, run_verdict

    seconds = read_seconds("--budget", budget)
    if seeds < 2:
        raise InputError(f"--seeds must be >= 2, as one seed has no spread, got {seeds}.")
    found = run_or_atlas(what, out, atlases)
    trials = not no_trials
    with keeping(found.path, trials) as kept, stopping() as stop, make_sink(progress) as sink:
        how: dict[str, Any] = {
            "trials": trials,
            "seeds": seeds,
            "seconds": seconds,
            "on_progress": sink,
            "kept": kept,
            "should_stop": stop,
        }
        if isinstance(found, Atlas):
            result = atlas_verdict(found, **how)
        else:
            result = run_verdict(found, **how)
    if json:
        print_json({"path": str(found.path), **asdict(result)})
        return 0
    say_verdict(result)
    return 0


@contextmanager
def keeping(path: Path | None, trials: bool) -> Iterator[Kept | None]:
    """Keep the trainings of trials in the folder of a run or an atlas, where there are any."""
    from learnscope.measures.kept import Kept

    if path is None or not trials:
        yield None
        return
    with Kept.open(path / TRIALS, f"A trial for {path.name!r}") as kept:
        yield kept


def say_verdict(result: AtlasVerdict) -> None:
    """Write a verdict: its paragraph and its tables."""
    say(result.paragraph)
    say()
    heading("Where the error comes from, medians over the points")
    table(result.columns, result.rows, right=result.columns[1:-1])
    if len(result.choices) > 1:
        _choices(result)
    if result.trials:
        _trials(result)


def _choices(result: AtlasVerdict) -> None:
    from learnscope.measures.atlas.text import amount
    from learnscope.sweeps.sweep import describe

    heading("\nBest setting of each problem, and the smallest that is not significantly worse")
    table(
        ("problem", "best", "error", "chosen without its seed", "smallest"),
        [
            (
                describe(dict(c.problem)),
                _others(result, c.best),
                amount(c.apparent, result.metric),
                amount(c.honest, result.metric),
                _others(result, c.smallest),
            )
            for c in result.choices
        ],
        right=("error", "chosen without its seed"),
    )


def _others(result: AtlasVerdict, number: int) -> str:
    from learnscope.sweeps.sweep import describe

    settings = result.point(number).settings
    own = {path: value for path, value in settings.items() if not path.startswith("problem")}
    return describe(own) or f"point {number}"


def _trials(result: AtlasVerdict) -> None:
    from learnscope.measures.atlas.text import amount, trial_cells

    heading("\nWhat to change")
    table(
        ("change", "should bring up to", "error before", "after", "gain", "says"),
        [
            (trial.change, amount(trial.expected, result.metric),
             *trial_cells(trial, result.metric))
            for trial in result.trials
        ],
        right=("should bring up to", "error before", "after", "gain"),
    )  # fmt: skip
    for line in result.notes:
        say(line)
