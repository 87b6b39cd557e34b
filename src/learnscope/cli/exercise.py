"""`learnscope exercise`: a reader's own settings held against a goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from learnscope.cli.arguments import read_sets
from learnscope.cli.output import heading, note, print_json, say
from learnscope.cli.progress import Style, make_sink
from learnscope.cli.stopping import stopping
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Goal, Question

REACHED, MISSED = 0, 1


def exercise(
    what: Annotated[str, Parameter(name="NAME")],
    /,
    *,
    sets: Annotated[Sequence[str], Parameter(name="--set", allow_leading_hyphen=True)] = (),
    question: str | None = None,
    solution: bool = False,
    json: bool = False,
    progress: Style = "auto",
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
) -> int:
    """Read an exercise, or try settings of your own on it.

    Args:
        what: name of the catalogue.
        sets: PATH=VALUE, one setting; the same as --PATH VALUE.
        question: number of the question it belongs to, where there are several.
        solution: show settings that reach the goal.
        json: print one JSON object.
        progress: how progress is shown on stderr.
        quiet: show no progress.
    """
    from learnscope.catalogue import exercising, read_entry
    from learnscope.cli.fetching import try_to_fetch

    found = read_entry(what)
    asked, goal = exercising.exercise(found, question)
    changes = read_sets(sets)
    if solution and changes:
        raise InputError("--solution shows an answer, and --set tries yours: choose one.")
    if not changes:
        _tell(found.name, asked, goal, solution, json)
        return REACHED
    try_to_fetch(exercising.starting_point(found, goal), quiet=quiet)
    with stopping() as stop, make_sink("none" if quiet else progress) as sink:
        got = exercising.attempt(found, goal, changes, on_progress=sink, should_stop=stop)
    if got.stand_in:
        note(f"learnscope: warning: {got.stand_in}")
    if json:
        print_json({"number": asked.number, **asdict(got)})
    else:
        say(got.text)
    return REACHED if got.reached else MISSED


def _tell(name: str, asked: Question, goal: Goal, solution: bool, as_json: bool) -> None:
    start = f"learnscope exercise {name} --question {asked.number}"
    if as_json:
        kept = goal.model_dump(mode="json", exclude=set() if solution else {"solution"})
        print_json({"number": asked.number, "question": asked.text, **kept})
        return
    heading(f"{asked.number}. {asked.text}")
    say(f"\n{goal.task.strip()}\n")
    say(
        f"Goal: {goal.what} {goal.expected()} ({goal.seeds} trained). Yours to change: "
        f"{', '.join(goal.may)}."
    )
    if solution:
        say(f"One way: {flags(goal.solution)}")
    else:
        say(f"Try: {start} --{next(iter(goal.solution))} VALUE; '--solution' shows one way.")


def flags(changes: Mapping[str, Any]) -> str:
    """Return settings as flags that a shell takes."""
    import json
    import shlex

    words = []
    for path, value in changes.items():
        text = value if isinstance(value, str) else json.dumps(value)
        words.append(f"--{path} {shlex.quote(text)}")
    return " ".join(words)
