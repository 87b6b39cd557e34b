"""The diagnosis of a program that was run: what the loop, the text and the engine say, as one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from learnscope.doctor.explaining.explain import explain, failure_of
from learnscope.doctor.faults import place
from learnscope.doctor.hint import Hint
from learnscope.doctor.plain import MOST, as_data
from learnscope.doctor.static.edits import diff
from learnscope.doctor.static.inspecting import hints_of
from learnscope.doctor.static.repairs import repair
from learnscope.doctor.static.source import Source, read_source
from learnscope.doctor.watching import wiring
from learnscope.doctor.watching.places import line_for
from learnscope.doctor.watching.programs import Program
from learnscope.doctor.watching.rebuild import rebuild
from learnscope.doctor.watching.running import Ran
from learnscope.doctor.watching.seen import Seen
from learnscope.doctor.watching.told import SYMPTOMS_FROM

SEEN_BY_WATCHING = frozenset(
    {"broadcast-loss", "broadcast-metric", "detached-graph", "evaluation-in-training-mode"}
    | {"gradients-not-cleared", "graph-kept", "optimizer-misses-parameters", "ordered-batches"}
    | {"step-before-backward", "training-in-eval-mode", "weights-do-not-move"}
)
"""Faults that a run shows if they are there: where it did not, their look in the text is none."""


OF_SCORES = frozenset({"wrong-metric"})
"""Faults of the numbers that a program prints of itself."""


def judge(
    program: Program, ran: Ran, *, budget: float, report: Path | None = None
) -> dict[str, Any]:
    """Return the diagnosis of a program as plain data, and write the page where one is asked for.

    Args:
        program: what was run.
        ran: what came of it.
        budget: seconds for references and trials.
        report: file for the page, None for none.
    """
    source = read_source(program)
    hints: list[Hint] = []
    stopped = isinstance(ran.error, KeyboardInterrupt)
    failed = ran.error is not None and not stopped
    explained = explained_error(ran) if failed else None
    if explained is not None:
        hints.append(explained)
    hints += [h for h in wiring.look(ran.seen) if not (failed and h.slug == "empty-loader")]
    if not source.has_call("backward"):
        hints = [h for h in hints if h.slug != "empty-loader"]
    told = None if failed else _trained_anew(ran.seen, budget)
    if not failed:
        text = _of_text(source, hints, ran.seen)
        # What is trained anew is the loop: how it was scored stands in the text alone.
        hints += [h for h in text if not isinstance(told, dict) or h.slug in OF_SCORES]
    findings = [as_data(source, program, hint) for hint in hints]
    if isinstance(told, dict):
        findings = _joined(findings, _placed(told["findings"], program, source, ran.seen))
    data = {
        "program": str(program.path),
        "verdict": _verdict(findings, failed, told),
        "findings": findings[:MOST],
        "more": max(len(findings) - MOST, 0),
        "notes": _notes(ran.seen, told),
        "scores": told["scores"] if isinstance(told, dict) else {},
        "error": _error(ran) if failed else None,
        "explained": explained is not None,
        "stopped": stopped,
        "skipped": list(program.skipped),
        "steps": ran.seen.steps,
        "seconds": ran.seconds,
        "watched": watched(ran.seen),
    }
    if report is not None:
        from learnscope.doctor.page.course import course_of
        from learnscope.doctor.page.page import write_program_page

        write_program_page(report, data, course_of(ran.seen), program.path.name)
        data["report"] = str(report)
    return data


def explained_error(ran: Ran) -> Hint | None:
    """Return what the error means that ended a program, None where it is not known."""
    assert ran.error is not None
    failure = failure_of(ran.error, ran.seen)
    found = explain(failure)
    if found is None:
        return None
    evidence = [(f"{s.layer or s.kind}: in {s.inputs}", s.out or "raised", None)
                for s in (*failure.layers, *failure.failed[:1])]  # fmt: skip
    asked = (("needed", found.expected, None), ("got", found.got, None)) if found.got else ()
    return Hint(
        slug=found.slug,
        title=found.title,
        where=failure.where,
        why=found.why,
        change=found.change,
        evidence=(*asked, *evidence),
    )


def _of_text(source: Source, hints: Sequence[Hint], seen: Seen) -> list[Hint]:
    """Return what the text alone gives away, of the faults that the run could not show."""
    # Without a module there is little to watch, and the text counts.
    known = {h.slug for h in hints} | (SEEN_BY_WATCHING if seen.models else frozenset())
    return [h for h in hints_of(source) if h.slug not in known and h.confidence == "likely"]


def _trained_anew(seen: Seen, budget: float) -> dict[str, Any] | str:
    """Return the engine's diagnosis of the loop as plain data, or why there is none."""
    from learnscope.doctor.diagnose import diagnose

    with warnings.catch_warnings():
        # The program had its warnings when it ran.
        warnings.simplefilter("ignore")
        found = rebuild(seen)
        if isinstance(found, str):
            return found
        try:
            diagnosis = diagnose(**found.arguments(), budget=budget)
        except Exception as error:
            # The program's own modules are at work here, and may fail in any way.
            return f"Its loop cannot be trained anew: {_first_line(error)}"
    data = dict(diagnosis.to_dict())
    data["notes"] = [*found.notes, *data["notes"]]
    return data


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [repr(error)])[0]


def _placed(
    findings: Sequence[dict[str, Any]], program: Program, source: Source, seen: Seen
) -> list[dict[str, Any]]:
    """Return the engine's findings with the lines and the changes of the text."""
    placed = []
    for finding in findings:
        slug = finding["slug"]
        where = finding["where"] or line_for(slug, source, seen)
        edits = repair(source, slug, where, finding["change"])
        text = {"diff": diff(program, edits), "edits": [asdict(edit) for edit in edits]}
        placed.append({**finding, "where": where, **text})
    return placed


def _joined(
    own: Sequence[dict[str, Any]], engine: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return both, each fault once: errors first, and what the loop showed before the rest.

    A fault that both found has the engine's trial and the loop's line.
    """
    by_slug = {f["slug"]: f for f in engine}
    joined = []
    for finding in own:
        twin = by_slug.pop(finding["slug"], None)
        if twin is not None:
            same = ("where", "diff", "edits", "layers", "severity")
            finding = {**twin, **{k: finding[k] for k in same}, "confidence": "confirmed"}
        joined.append(finding)
    explained = {f["slug"] for finding in joined for f in finding.get("folded", ())}
    rest = [f for f in by_slug.values() if f["slug"] not in explained]
    wrong = next((f for f in joined if f["severity"] == "error"), None)
    if wrong is not None:
        # What a wrong loop leads to is folded under it.
        symptoms = [f for f in rest if place(f["slug"]) >= SYMPTOMS_FROM]
        wrong["folded"] = [*wrong.get("folded", ()), *symptoms]
        rest = [f for f in rest if f not in symptoms]
    joined += rest
    grades = ("error", "warning", "note")
    return sorted(joined, key=lambda f: grades.index(f["severity"]))


def _notes(seen: Seen, told: dict[str, Any] | str | None) -> list[str]:
    if isinstance(told, dict):
        return list(told["notes"])
    if told is None or not seen.models:
        return []
    return [f"Only the loop was looked at, and nothing was tried. {told}"]


def _verdict(
    findings: Sequence[Mapping[str, Any]], failed: bool, told: dict[str, Any] | str | None
) -> str:
    if failed or any(f["severity"] != "note" for f in findings):
        return "faulty"
    return str(told["verdict"]) if isinstance(told, dict) else "healthy"


def _error(ran: Ran) -> dict[str, str]:
    assert ran.error is not None
    failure = failure_of(ran.error, ran.seen)
    return {"kind": failure.kind, "message": failure.message, "where": failure.where}


def watched(seen: Seen) -> dict[str, Any]:
    """Return what was seen, in short: models, optimisers and losses with their lines."""
    return {
        "models": [
            {
                "name": m.name,
                "kind": type(m.module).__name__,
                "where": m.where,
                "parameters": sum(p.numel() for p in m.module.parameters()),
                "steps": m.backwards,
            }
            for m in seen.models.values()
        ],
        "optimizers": [
            {
                "name": o.name,
                "kind": type(o.optimizer).__name__,
                "where": o.where,
                "steps": o.steps,
            }
            for o in seen.optimizers.values()
        ],
        "losses": [
            {
                "made_of": list(loss.names),
                "where": loss.where,
                "first": loss.values[0][1] if loss.values else None,
                "last": loss.values[-1][1] if loss.values else None,
            }
            for loss in seen.losses.values()
        ],
    }
