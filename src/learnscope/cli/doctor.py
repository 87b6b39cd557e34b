"""`learnscope doctor`: why a PyTorch program does not learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from learnscope.cli.budget import read_seconds
from learnscope.cli.output import heading, note, print_json, say
from learnscope.errors import InputError

if TYPE_CHECKING:
    from learnscope.doctor.watching.programs import Program

HEALTHY, FAILED, FOUND = 0, 1, 3
MARKS = {"error": "✗", "warning": "!", "note": "·"}


def doctor(
    program: Path,
    /,
    *arguments: Annotated[str, Parameter(allow_leading_hyphen=True)],
    static: bool = False,
    budget: str = "10s",
    fix: bool = False,
    report: Path | None = None,
    json: bool = False,
) -> int:
    """Run a PyTorch program and say why it does not learn.

    Args:
        program: a Python script or a notebook.
        arguments: what the program itself takes; put those that are flags of this command too
            behind a "--".
        static: inspect the text alone, without running it.
        budget: time for trials after the program has ended: 10s, 2m.
        fix: print the changes of the text as a diff; no file is changed.
        report: file for a page with pictures (.html).
        json: print one JSON object.
    """
    from learnscope.doctor.watching.programs import read_program

    seconds = read_seconds("--budget", budget)
    arguments = arguments[1:] if arguments[:1] == ("--",) else arguments
    if report is not None and report.suffix != ".html":
        raise InputError(f"--report must be a file that ends in .html, got {str(report)!r}.")
    if static and report is not None:
        raise InputError("--report needs a run: leave --static out.")
    what = read_program(program)
    data = _inspected(what) if static else _run(what, arguments, seconds, report)
    if json:
        print_json(data)
    elif fix:
        _say_diffs(what, data)
    else:
        _say(data)
    return _code(data)


def _run(
    program: Program, arguments: Sequence[str], seconds: float, report: Path | None
) -> dict[str, Any]:
    from learnscope.doctor.static.source import read_source
    from learnscope.doctor.watching.process import diagnose_program

    read_source(program)
    note(f"learnscope: running {program.path.name} (what it prints goes to stderr) ...")
    return diagnose_program(program.path, arguments, budget=seconds, report=report)


def _inspected(program: Program) -> dict[str, Any]:
    from learnscope.doctor.plain import MOST, as_data
    from learnscope.doctor.static.inspecting import hints_of
    from learnscope.doctor.static.source import read_source

    source = read_source(program)
    findings = [as_data(source, program, hint) for hint in hints_of(source)]
    return {
        "program": str(program.path),
        "verdict": "faulty" if findings else "healthy",
        "findings": findings[:MOST],
        "more": max(len(findings) - MOST, 0),
        "notes": ["The text was inspected and not run: this is what can be seen without running."],
        "error": None,
        "explained": False,
        "stopped": False,
        "skipped": list(program.skipped),
    }


def _code(data: Mapping[str, Any]) -> int:
    if data["error"] is not None and not data["explained"]:
        return FAILED
    return FOUND if data["verdict"] == "faulty" else HEALTHY


def _say(data: Mapping[str, Any]) -> None:
    for finding in data["findings"]:
        _say_finding(finding)
    if data["more"]:
        say(f"{data['more']} more, which may go away with these. Mend the first one first.")
    for line in data["notes"]:
        say(line)
    if data["skipped"]:
        say(f"Left out, as only a notebook can run it: {'; '.join(data['skipped'])}.")
    if data["stopped"]:
        say("The program was stopped; this is what was seen until then.")
    say(_last_line(data))
    if any(finding["diff"] for finding in data["findings"]):
        note("learnscope: --fix prints the changes as a diff.")


def _last_line(data: Mapping[str, Any]) -> str:
    error = data["error"]
    if error is not None and not data["explained"]:
        place = f" at {error['where']}" if error["where"] else ""
        return f"The program itself failed{place} ({error['kind']}), for no reason known here."
    n = sum(f["severity"] != "note" for f in data["findings"])
    if data["verdict"] == "at_ceiling":
        return "At the ceiling: the data do not allow a better score."
    if n == 0:
        return "Healthy: nothing was found."
    return f"{n} finding{'s' if n > 1 else ''}."


def _say_finding(finding: Mapping[str, Any]) -> None:
    place = f"  {finding['where']}" if finding["where"] else ""
    heading(f"{MARKS[finding['severity']]} {finding['title']}{place}")
    say(f"  {finding['slug']}, {finding['confidence']}")
    for item in finding["evidence"]:
        limit = "" if item["limit"] is None else f" (limit {_number(item['limit'])})"
        say(f"  {item['what']}: {_number(item['value'])}{limit}")
    if finding["layers"]:
        say(f"  in: {', '.join(finding['layers'])}")
    say(f"  Why: {finding['why']}")
    say(f"  Change: {finding['change']}")
    trial = finding["trial"]
    if trial:
        before, after = _number(trial["before"]), _number(trial["after"])
        say(f"  Tried: {trial['score']} {before} before, {after} after.")
    if finding["folded"]:
        say(f"  May go away with it: {', '.join(f['slug'] for f in finding['folded'])}.")
    say()


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _say_diffs(program: Program, data: Mapping[str, Any]) -> None:
    """Print the changes as one diff; findings without a change of the text go to stderr."""
    from learnscope.doctor.static.edits import Edit, diff

    edits = [Edit(**edit) for finding in data["findings"] for edit in finding["edits"]]
    print(diff(program, edits), end="")
    for finding in data["findings"]:
        if not finding["edits"]:
            note(f"learnscope: {finding['slug']} has no change of the text: {finding['change']}")
    if not data["findings"]:
        note(f"learnscope: {_last_line(data)}")
