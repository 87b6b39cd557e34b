"""`learnscope run`: train an experiment."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.budget import read_seconds
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
    """How a training is done, shown and reported.

    Attributes:
        seconds: time it may take, None for any.
        style: how progress is shown.
        quiet: show no text but where the run is.
        verbose: say more.
        as_json: print one JSON object.
        report: write a report.
        diagnose: ask the doctor for it, where the outcome is poor.
    """

    seconds: float | None
    style: Style
    quiet: bool
    verbose: bool
    as_json: bool
    report: bool
    diagnose: bool


def run(
    what: str | None = None,
    /,
    *,
    seeds: int | None = None,
    seed: int | None = None,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    target: str | None = None,
    variant: str | None = None,
    name: str | None = None,
    out: Path = Path("runs"),
    route: Route | None = None,
    budget: str | None = None,
    resume: str | None = None,
    dry_run: bool = False,
    json: bool = False,
    progress: Style = "auto",
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False,
    no_report: bool = False,
    no_diagnosis: bool = False,
) -> int:
    """Train an experiment.

    Args:
        what: name of the catalogue, TOML or JSON file, or CSV file.
        seeds: number of members, each with a seed of its own.
        seed: seed of the first member.
        sets: PATH=VALUE, one setting; the same as --PATH VALUE.
        target: with a CSV file: the column to predict.
        variant: of an experiment of the catalogue: one of its variants, or "all" of them.
        name: name of the experiment and of the folder its runs go to.
        out: folder below which the run's own folder is made, "runs" where left out.
        route: trainer; "auto" takes the compiled one where it can.
        budget: time for the training, such as 30s, 2m or 1h; then it ends with what there is.
        resume: RUN or "last": go on with a run that was stopped or out of time.
        dry_run: show the settings and the cost, train nothing.
        json: print one JSON object.
        progress: how progress is shown on stderr.
        quiet: show no progress, and no text on stdout but where the run is.
        verbose: say more: the route and why, and how each member ended.
        no_report: write no report.
        no_diagnosis: do not ask the doctor for it, which takes some seconds where the outcome is
            poor.
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
        seconds=None if budget is None else read_seconds("--budget", budget),
        style="none" if quiet else progress,
        quiet=quiet,
        verbose=verbose,
        as_json=json,
        report=not no_report,
        diagnose=not no_diagnosis,
    )
    if resume is not None:
        return _go_on(resume, what or variant, overrides, dry_run, out, route, manner)
    command = _command(what, overrides, target)
    if variant == "all":
        return _study(what, overrides, dry_run, out, route or "auto", command, manner)
    experiment = _meant(what, overrides, target, variant)
    if dry_run:
        return _show_cost(experiment, route or "auto", json)
    if variant is not None:
        command += f" --variant={variant}"
    return _train(experiment, out, route or "auto", command, manner)


def _meant(
    what: str | None, overrides: dict[str, Any], target: str | None, variant: str | None
) -> Experiment:
    if variant is None:
        from learnscope.cli.source import find_experiment

        return find_experiment(what, overrides, target)
    from learnscope.cli.study import variants

    return variants(what, variant, overrides)[0][1]


def _show_cost(experiment: Experiment, route: Route, as_json: bool) -> int:
    from learnscope.cli.dry_run import show_cost
    from learnscope.cli.fetching import warn_of_stand_in
    from learnscope.stand_in import with_stand_in

    experiment = with_stand_in(experiment)
    warn_of_stand_in(experiment)
    show_cost(experiment, route, as_json)
    return OK


def _study(
    what: str | None,
    overrides: dict[str, Any],
    dry_run: bool,
    out: Path,
    route: Route,
    command: str,
    manner: Manner,
) -> int:
    """Train all variants, each into its own folder."""
    from learnscope.cli.study import ALL, run_all, variants

    if dry_run:
        raise InputError("--dry-run shows one experiment: name the variant.")
    chosen = variants(what, ALL, overrides)
    quiet = replace(manner, quiet=True) if manner.as_json else manner

    def one(name: str, experiment: Experiment) -> tuple[int, Run]:
        done, loading = _trained(experiment, out, route, f"{command} --variant={name}", quiet)
        return _conclude(done, replace(quiet, as_json=False), loading, manner.as_json), done

    code, rows = run_all(chosen, one, silent=manner.as_json or manner.quiet)
    if manner.as_json:
        print_json({"variants": rows})
    return code


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
        done = resume_run(
            folder, route=route, seconds=manner.seconds, on_progress=wait, should_stop=stop
        )
        loading = wait.seconds()
    return _conclude(done, manner, loading)


def _train(experiment: Experiment, out: Path, route: Route, command: str, manner: Manner) -> int:
    done, loading = _trained(experiment, out, route, command, manner)
    return _conclude(done, manner, loading)


def _trained(
    experiment: Experiment, out: Path, route: Route, command: str, manner: Manner
) -> tuple[Run, float]:
    """Return the run, and the seconds of its training in which the trainer was loaded."""
    from learnscope.cli.fetching import with_files
    from learnscope.cli.size import check_begin
    from learnscope.cli.text import sentence
    from learnscope.runs.train import train

    experiment = with_files(experiment, quiet=manner.style == "none")
    first = check_begin(experiment, route)
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
            seconds=manner.seconds,
            on_progress=wait,
            should_stop=stop,
            command=command,
            prepared=[first] if experiment.seeds == 1 else (),
        )
        return done, wait.seconds()


def _command(what: str | None, overrides: dict[str, Any], target: str | None) -> str:
    """Return the command line to note in the run, without flags that change no result."""
    words = ["learnscope", "run", *([what] if what else [])]
    if target is not None:
        words += ["--target", target]
    for path, value in overrides.items():
        words.append(f"--{path}={value}")
    return shlex.join(words)


def _conclude(done: Run, manner: Manner, loading: float, silent: bool = False) -> int:
    """Write the report, say what came out, and return the exit code.

    Args:
        done: the run.
        manner: how it is shown.
        loading: seconds of its training in which the trainer was loaded.
        silent: print nothing on stdout.
    """
    from learnscope.cli.text import as_data, outcome
    from learnscope.runs.run import write_report
    from learnscope.training.budget import budget_sentence

    report = write_report(done, diagnose=manner.diagnose) if manner.report else None
    if silent:
        pass
    elif manner.as_json:
        print_json(as_data(done, done.facts, report))
    elif manner.quiet:
        print(done.path)
    else:
        say(outcome(done, loading))
        if left := budget_sentence(done.meta.get("budget")):
            say(f"{left} Go on with: learnscope run --resume {done.path}")
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
