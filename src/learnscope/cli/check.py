"""`learnscope check`: experiments held against their expected outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.cli.progress import Style, make_sink
from learnscope.cli.stopping import stopping
from learnscope.errors import InputError

# The rest is imported where it is used, so that --help is quick.
if TYPE_CHECKING:
    from learnscope.catalogue.checking import Outcome
    from learnscope.catalogue.entry import Entry

OK, FAILED = 0, 1
COLUMNS = ("", "source", "what", "expected", "got", "members")


def check(
    what: Annotated[Sequence[str], Parameter(name="NAME")] = (),
    /,
    *,
    all: bool = False,
    fast: bool = False,
    json: bool = False,
    progress: Style = "auto",
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
) -> int:
    """Hold experiments against their expected outcomes.

    Args:
        what: names of the catalogue.
        all: all experiments of the catalogue.
        fast: with fewer members where the file says so, and without downloads; the ranges stay
            the same.
        json: print one JSON object.
        progress: how progress is shown on stderr.
        quiet: show no progress, and print only what fails.
    """
    from learnscope.catalogue import names, read_entry

    if bool(what) == all:
        raise InputError("Say what to check: names of the catalogue, or --all.")
    entries = [read_entry(name) for name in (names() if all else what)]
    entries = [e for e in entries if e.check] if all else entries
    found: list[Outcome] = []
    for each in entries:
        found += _outcomes(each, fast, "none" if quiet else progress)
        if not json:
            _tell(each, found[-len(each.check) :] if each.check else [], quiet)
    if json:
        print_json({"outcomes": [_plain(o) for o in found], **_counts(found)})
    else:
        _sum_up(found)
    return FAILED if any(o.passed is False for o in found) else OK


def _outcomes(entry: Entry, fast: bool, style: Style) -> list[Outcome]:
    from learnscope.catalogue import named
    from learnscope.catalogue.checking import check_entry
    from learnscope.cli.fetching import try_to_fetch

    if style != "none":
        note(f"learnscope: checking {entry.name}")
    if not fast:
        try_to_fetch(named(entry.name), quiet=style == "none")
    with stopping() as stop, make_sink(style) as sink:
        return [*check_entry(entry, fast=fast, on_progress=sink, should_stop=stop)]


def _tell(entry: Entry, outcomes: Sequence[Outcome], quiet: bool) -> None:
    shown = [o for o in outcomes if o.passed is False or not quiet]
    if not shown:
        if not outcomes:
            say(f"{entry.name} has no expected outcomes.")
        return
    heading(f"{entry.name}: {entry.data.get('title', '')}")
    table(COLUMNS, [_row(o) for o in shown], right=("members",))
    for outcome in shown:
        if outcome.passed is False:
            say(f"  fails: {failure(outcome)}")
    for reason in sorted({o.left_out for o in shown if o.left_out}):
        say(f"  left out: {reason}.")
    say()


def failure(outcome: Outcome) -> str:
    """Say in one sentence what was expected and what came."""
    of = f" ({outcome.variant})" if outcome.variant else ""
    return (
        f"{outcome.source} {outcome.what}{of}: expected {outcome.rule} {outcome.expected}, got "
        f"{outcome.got() or 'nothing'} over {outcome.members} members."
    )


def _row(o: Outcome) -> tuple[str, ...]:
    mark = {True: "pass", False: "FAIL", None: "left out"}[o.passed]
    what = f"{o.what} [{o.variant}]" if o.variant else o.what
    return mark, o.source, what, f"{o.rule} {o.expected}", o.got(), str(o.members or "")


def _sum_up(found: Sequence[Outcome]) -> None:
    counts = _counts(found)
    left_out = f", {counts['left_out']} left out" if counts["left_out"] else ""
    say(f"{counts['passed']} of {counts['checked']} outcomes hold{left_out}.")


def _counts(found: Sequence[Outcome]) -> dict[str, int]:
    marks = [o.passed for o in found]
    return {
        "passed": marks.count(True),
        "failed": marks.count(False),
        "checked": marks.count(True) + marks.count(False),
        "left_out": marks.count(None),
    }


def _plain(outcome: Outcome) -> dict[str, object]:
    return {**asdict(outcome), "got": outcome.got()}
