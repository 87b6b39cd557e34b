"""Training a sweep for the command line: the cost first, then the members, then what came out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from learnscope.cli.output import note, print_json, say
from learnscope.cli.progress import Style, make_sink
from learnscope.cli.stopping import stopping
from learnscope.errors import InputError, Interrupted

if TYPE_CHECKING:
    from learnscope.engines import EngineSettings
    from learnscope.sweeps.part import Part
    from learnscope.sweeps.sweep import Sweep
    from learnscope.sweeps.work import Swept

OK, FAILED, SOME_DIVERGED = 0, 1, 3

LONG_SECONDS = 600.0
"""Estimated time above which a sweep asks before it begins."""
TRIAL_SECONDS = 20.0
"""Estimated time for putting to the test what the verdict of a report proposes."""
MANY_BYTES = 2_000_000_000
"""The same for the size of its atlas."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where members are trained and kept, see the options of `learnscope sweep`."""

    out: Path
    engine: str
    settings: EngineSettings
    part: Part | None
    deadline: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a sweep is asked about, shown and reported."""

    report: bool
    yes: bool
    json: bool
    progress: Style
    quiet: bool


def do_sweep(
    wanted: Sweep,
    command: str,
    place: Place,
    route: Literal["auto", "torch", "fused", "stack"],
    dry_run: bool,
    manner: Manner,
) -> int:
    """Train a sweep, or say what it would cost, and return the exit code."""
    from learnscope.cli.fetching import with_files
    from learnscope.cli.sweep_text import as_data, outcome
    from learnscope.sweeps.drive import sweep as train_sweep

    experiment = with_files(wanted.experiment, quiet=manner.quiet)
    wanted = wanted.model_copy(update={"experiment": experiment})
    if _said_cost(wanted, place, route, dry_run, manner):
        return OK
    with stopping() as stop, make_sink("none" if manner.quiet else manner.progress) as sink:
        done = train_sweep(
            wanted,
            out=place.out,
            route=route,
            engine=place.engine,
            engine_settings=place.settings,
            part=place.part,
            deadline=place.deadline,
            on_progress=sink,
            should_stop=stop,
            command=command,
        )
    page = _reported(done, manner)
    if manner.json:
        print_json({**as_data(done), "report": None if page is None else str(page)})
    elif manner.quiet:
        print(done.atlas.path)
    else:
        outcome(done)
        if page is not None:
            say(f"Report: {page}")
        else:
            say("Its map and verdict: learnscope atlas report last; learnscope verdict last")
    return _code(done)


def _said_cost(
    wanted: Sweep,
    place: Place,
    route: Literal["auto", "torch", "fused", "stack"],
    dry_run: bool,
    manner: Manner,
) -> bool:
    """Say what a sweep costs, and ask where that is much; return whether that was all."""
    from learnscope.cli.sweep_text import bound_data, bound_sentence, cost_data, cost_sentence
    from learnscope.sweeps.bound import bound_of
    from learnscope.sweeps.cost import SweepCost, cost_of
    from learnscope.sweeps.drive import prepared
    from learnscope.sweeps.kept_route import kept_route
    from learnscope.sweeps.plan import make_plan

    wanted = prepared(wanted)
    kept = kept_route(wanted, place.out, route)
    if wanted.way is None:
        plan = make_plan(wanted, kept)
        cost: SweepCost = cost_of(plan, place.out)
        text, data = cost_sentence(plan, cost), cost_data(plan, cost)
    else:
        bound = bound_of(wanted, kept)
        cost, text, data = bound.cost, bound_sentence(bound), bound_data(bound)
    if dry_run:
        if manner.json:
            print_json(data)
        else:
            say(text)
            say("Nothing was trained or written.")
    elif not manner.yes and (cost.seconds > LONG_SECONDS or cost.bytes > MANY_BYTES):
        _ask(text)
    elif not manner.quiet:
        note(f"learnscope: {text}")
    return dry_run


def _reported(done: Swept, manner: Manner) -> Path | None:
    """Write the report where it is asked for, and say the verdict."""
    if not manner.report or not len(done.atlas.table):
        return None
    from learnscope.cli.verdict import keeping, say_verdict
    from learnscope.measures.atlas.verdict import atlas_verdict
    from learnscope.reports.atlas.report import write_report

    with keeping(done.atlas.path, trials=True) as kept, stopping() as stop:
        found = atlas_verdict(
            done.atlas, trials=True, seconds=TRIAL_SECONDS, kept=kept, should_stop=stop
        )
    page = write_report(done.atlas, verdict=found, diagnose=True)
    if not (manner.json or manner.quiet):
        say_verdict(found)
        say()
    return page


def _code(done: Swept) -> int:
    for text in done.errors:
        note(f"learnscope: {text}")
    if done.diverged:
        note(f"learnscope: {done.diverged:,} of {done.members:,} members diverged.")
    if done.failed or done.diverged == done.members:
        return FAILED
    return SOME_DIVERGED if done.diverged else OK


def _ask(text: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"{text} Say --yes if that is meant, or take fewer values or seeds.")
    print(f"{text} Begin? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Interrupted("Nothing was trained.")
