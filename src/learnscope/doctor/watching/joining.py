"""The diagnosis of a program that was run: what the loop, the text and the engine say, as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from learnscope.doctor.explaining.explain import explain, failure_of
from learnscope.doctor.hint import Hint
from learnscope.doctor.plain import MOST, as_data
from learnscope.doctor.static.inspecting import hints_of
from learnscope.doctor.static.source import Source, read_source
from learnscope.doctor.watching import wiring
from learnscope.doctor.watching.programs import Program
from learnscope.doctor.watching.running import Ran
from learnscope.doctor.watching.seen import Seen

SEEN_BY_WATCHING = frozenset(
    {"broadcast-loss", "broadcast-metric", "detached-graph", "evaluation-in-training-mode"}
    | {"gradients-not-cleared", "graph-kept", "optimizer-misses-parameters", "ordered-batches"}
    | {"step-before-backward", "training-in-eval-mode", "weights-do-not-move"}
)
"""Faults that a run shows if they are there: where it did not, their look in the text is none."""


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
    if not failed:
        hints += _of_text(source, hints)
    findings = [as_data(source, program, hint) for hint in hints]
    data = {
        "program": str(program.path),
        "verdict": _verdict(findings, failed),
        "findings": findings[:MOST],
        "more": max(len(findings) - MOST, 0),
        "notes": [],
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
        from learnscope.doctor.page.page import write_page

        write_page(report, data, course_of(ran.seen), program.path.name)
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


def _of_text(source: Source, hints: Sequence[Hint]) -> list[Hint]:
    """Return what the text alone gives away, of the faults that a run cannot show."""
    known = {h.slug for h in hints} | SEEN_BY_WATCHING
    return [h for h in hints_of(source) if h.slug not in known and h.confidence == "likely"]


def _verdict(findings: Sequence[Mapping[str, Any]], failed: bool) -> str:
    return "faulty" if failed or any(f["severity"] != "note" for f in findings) else "healthy"


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
