"""Findings of a program as plain data, as they stand in JSON and on the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.edits import diff
from learnscope.doctor.static.repairs import repair
from learnscope.doctor.static.source import Source
from learnscope.doctor.watching.programs import Program

MOST = 3
"""Findings that are shown: who is told more mends nothing."""


def as_data(source: Source, program: Program, hint: Hint) -> dict[str, Any]:
    """Return a finding as plain data, with the change of the text as a diff."""
    edits = hint.edits or repair(source, hint.slug, hint.where, hint.change)
    return {
        "slug": hint.slug,
        "title": hint.title,
        "severity": hint.severity,
        "confidence": hint.confidence,
        "where": hint.where,
        "evidence": [{"what": w, "value": v, "limit": limit} for w, v, limit in hint.evidence],
        "layers": list(hint.layers),
        "why": hint.why,
        "change": hint.change,
        "trial": None,
        "folded": [],
        "diff": diff(program, edits),
        "edits": [asdict(edit) for edit in edits],
    }
