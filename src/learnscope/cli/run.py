"""`learnscope run`: train an experiment."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.output import note, print_json, say, shortened
from learnscope.cli.progress import Style, Wait, make_sink
from learnscope.cli.stopping import stopping
from learnscope.errors import InputError

# The rest is imported where it is used, so that --help is quick.
if TYPE_CHECKING:
    from learnscope.experiment import Experiment
    from learnscope.measures.facts import Facts
    from learnscope.runs.run import Run

Route = Literal["auto", "torch", "fused"]

OK, FAILED, SOME_DIVERGED = 0, 1, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a training is shown and reported."""

    style: Style
    quiet: bool
    verbose: bool
    as_json: bool
    report: bool


def run(
    what: str | None = None,
    /,
    *,
    seeds: int | None = None,
    seed: int | None = None,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    target: str | None = None,
    name: str | None = None,
    out: Path = Path("runs"),
    route: Route | None = None,
    resume: str | None = None,
    dry_run: bool = False,
    json: bool = False,
    progress: Style = "auto",
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False,
    no_report: bool = False,
) -> int:
    """Train an experiment.

    Args:
        what: name of the catalogue, TOML or JSON file, or CSV file.
        seeds: number of members, each with a seed of its own.
        seed: seed of the first member.
        sets: PATH=VALUE, one setting; the same as --PATH VALUE.
        target: with a CSV file: the column to predict.
        name: name of the experiment and of the folder its runs go to.
        out: folder below which the run's own folder is made, "runs" where left out.
        route: trainer; "auto" takes the compiled one where it can.
        resume: RUN or "last": go on with a run that was stopped.
        dry_run: show the settings and the cost, train nothing.
        json: print one JSON object.
        progress: how progress is shown on stderr.
        quiet: show no progress, and no text on stdout but where the run is.
        verbose: say more: the route and why, and how each member ended.
        no_report: write no report.
    """
    overrides: dict[str, Any] = dict(read_sets(sets))
    for path, value in (("seeds", seeds), ("seed", seed), ("name", name)):
        if value is not None:
            if path in overrides:
                raise InputError(
                    f"{path} was given twice: {overrides[path]!r} and {str(value)!r}. Leave one."
                )
            overrides[path] = value
    manner = Manner(
        style="none" if quiet else progress,
        quiet=quiet,
        verbose=verbose,
        as_json=json,
        report=not no_report,
    )
    if resume is not None:
        return _go_on(resume, what, overrides, dry_run, out, route, manner)
    from learnscope.cli.source import find_experiment

    experiment = find_experiment(what, overrides, target)
    if dry_run:
        from learnscope.cli.dry_run import show_cost

        show_cost(experiment, route or "auto", json)
        return OK
    return _train(experiment, out, route or "auto", _command(what, overrides, target), manner)


def _go_on(
    wanted: str,
    what: str | None,
    overrides: dict[str, Any],
    dry_run: bool,
    out: Path,
    route: Route | None,
    manner: Manner,
) -> int:
    if what is not None or overrides or dry_run:
        raise InputError(
            "--resume goes on with a run as it is: leave out the experiment, its settings and "
            "--dry-run."
        )
    from learnscope.runs.folder import find_run
    from learnscope.runs.train import resume as resume_run

    folder = find_run(wanted, out)
    with stopping() as stop, make_sink(manner.style) as sink:
        wait = Wait(sink)
        done = resume_run(folder, route=route, on_progress=wait, should_stop=stop)
        loading = wait.seconds()
    return _conclude(done, manner, loading)


def _train(experiment: Experiment, out: Path, route: Route, command: str, manner: Manner) -> int:
    from learnscope.cli.size import check_begin
    from learnscope.cli.text import sentence
    from learnscope.runs.train import train

    check_begin(experiment, route)
    if not manner.quiet:
        note(f"learnscope: {shortened(sentence(experiment))}")
        for text in experiment.warnings():
            note(f"learnscope: warning: {text}")
    with stopping() as stop, make_sink(manner.style) as sink:
        wait = Wait(sink)
        done = train(
            experiment,
            out=out,
            route=route,
            on_progress=wait,
            should_stop=stop,
            command=command,
        )
        loading = wait.seconds()
    return _conclude(done, manner, loading)


def _command(what: str | None, overrides: dict[str, Any], target: str | None) -> str:
    """Return the command line to note in the run, without flags that change no result."""
    words = ["learnscope", "run", *([what] if what else [])]
    if target is not None:
        words += ["--target", target]
    for path, value in overrides.items():
        words.append(f"--{path}={value}")
    return shlex.join(words)


def _conclude(done: Run, manner: Manner, loading: float) -> int:
    """Write the report, say what came out, and return the exit code.

    Args:
        done: the run.
        manner: how it is shown.
        loading: seconds of its training in which the trainer was loaded.
    """
    from learnscope.cli.text import as_data, outcome
    from learnscope.runs.run import write_report

    report = write_report(done) if manner.report else None
    if manner.as_json:
        print_json(as_data(done, done.facts, report))
    elif manner.quiet:
        print(done.path)
    else:
        say(outcome(done, loading))
        _say(done, done.facts, report, manner.verbose)
    lost, n = [r for r in done.results if r.status == "diverged"], len(done.results)
    if lost:
        note(f"learnscope: {len(lost)} of {n} members diverged. {lost[0].cause}")
    return OK if not lost else FAILED if len(lost) == n else SOME_DIVERGED


def _say(run: Run, facts: Facts, report: Path | None, verbose: bool) -> None:
    from learnscope.cli.text import member_lines, paragraphs

    for text in paragraphs(facts):
        say(text)
    if verbose:
        say(f"Route: {run.meta.get('route')}, {run.meta.get('route_reason')}.")
        for line in member_lines(run):
            say(line)
    say(f"Run: {run.path}")
    if report is not None:
        say(f"Report: {report}")
