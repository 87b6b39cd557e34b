"""`learnscope answer`: a question of the catalogue, answered by training what it needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from learnscope.cli.output import heading, note, print_json, say, table
from learnscope.cli.progress import Style, make_sink
from learnscope.cli.stopping import stopping


def answer(
    what: Annotated[str, Parameter(name="NAME")],
    number: Annotated[str | None, Parameter(name="QUESTION")] = None,
    /,
    *,
    json: bool = False,
    progress: Style = "auto",
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
) -> int:
    """Answer a question of an experiment.

    Args:
        what: name of the catalogue.
        number: number of the question, e.g. Q7; left out, the questions are listed.
        json: print one JSON object.
        progress: how progress is shown on stderr.
        quiet: show no progress.
    """
    from learnscope.catalogue import answering, named, read_entry
    from learnscope.cli.fetching import try_to_fetch

    found = read_entry(what)
    if number is None:
        rows = [(q.number, q.text, "yes" if q.goal else "") for q in found.question]
        if json:
            print_json({"questions": [q.model_dump(mode="json") for q in found.question]})
        elif rows:
            table(("", "question", "exercise"), rows)
            say(f"\nAnswers: 'learnscope answer {what} {rows[0][0]}' and so on.")
        else:
            say(f"{what} asks no question.")
        return 0
    asked = answering.question(found, number)
    if asked.figures:
        try_to_fetch(named(what), quiet=quiet)
    with stopping() as stop, make_sink("none" if quiet else progress) as sink:
        got = answering.answer(found, asked, on_progress=sink, should_stop=stop)
    if got.stand_in:
        note(f"learnscope: warning: {got.stand_in}")
    if json:
        print_json({"number": asked.number, "question": asked.text, **asdict(got)})
        return 0
    heading(f"{asked.number}. {asked.text}")
    say()
    if got.rows:
        table(
            ("what", "", "value (range)", "members"),
            [(_what(r.what, r.variant), r.rule, r.spread(), str(len(r.values))) for r in got.rows],
            right=("members",),
        )
        say()
    say(got.text)
    return 0


def _what(what: str, variant: str) -> str:
    return f"{what} [{variant}]" if variant else what
