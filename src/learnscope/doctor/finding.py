"""What the doctor says: findings with their evidence, and the diagnosis they make."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from learnscope.doctor.record import Record
    from learnscope.doctor.setup import Setup

Severity = Literal["error", "warning", "note"]
Confidence = Literal["confirmed", "likely", "possible"]
Verdict = Literal["healthy", "at_ceiling", "faulty"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A measured number beside its limit.

    Attributes:
        what: what was measured.
        value: what came out, a number or a short text.
        limit: what it is held against; None where the value speaks for itself.
    """

    what: str
    value: float | str
    limit: float | str | None = None

    def __str__(self) -> str:
        limit = "" if self.limit is None else f" (limit {_number(self.limit)})"
        return f"{self.what}: {_number(self.value)}{limit}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """The program trained again with the change, beside the program as it is.

    Attributes:
        score: what is compared: "accuracy", "balanced accuracy" or "R2"; of test rows where there
            are some.
        before: score as it is, the mean over the seeds.
        after: score with the change.
        seeds: how many seeds both were trained with.
        epochs: epochs of each.
        improved: whether all seeds improved by more than the limit.
    """

    score: str
    before: float
    after: float
    seeds: int
    epochs: int
    improved: bool

    def __str__(self) -> str:
        return f"{self.score} {self.before:.3g} -> {self.after:.3g} ({self.seeds} seeds)"


@dataclass(frozen=True, slots=True)
class Fix:
    """The change, applied to a copy of everything when it is called.

    Attributes:
        change: the change in one line.
        apply: maps a setup to a repaired copy.
        setup: what it is applied to.
    """

    change: str
    apply: Callable[[Setup], Setup] = field(repr=False)
    setup: Setup = field(repr=False)

    def __call__(self) -> Setup:
        """Return a repaired copy; what was given to the doctor stays as it is."""
        return self.apply(self.setup.copy())

    def __str__(self) -> str:
        return self.change


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A fault that was found.

    Attributes:
        slug: its name, a word of `FAULTS`.
        title: what is wrong, one line with the numbers of this program.
        severity: "error", "warning", or "note", which leaves the verdict as it is.
        confidence: "confirmed" by an exact test or a trial, "likely", or "possible".
        evidence: measured numbers beside their limits.
        why: why it matters, two sentences.
        change: the change, one line.
        trial: the program trained with the change; None where it was not.
        fix: makes a repaired copy; None where the change needs a person.
        where: place in a script, "train.py:41"; "" where unknown.
        layers: names of layers or parameters concerned.
        columns: input columns concerned.
        rows: rows concerned.
        folded: findings that this one explains.
    """

    slug: str
    title: str
    severity: Severity
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    why: str
    change: str
    trial: Trial | None = None
    fix: Fix | None = None
    where: str = ""
    layers: tuple[str, ...] = ()
    columns: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    folded: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "slug": self.slug,
            "title": self.title,
            "severity": self.severity,
            "confidence": self.confidence,
            "evidence": [_plain(e) for e in self.evidence],
            "why": self.why,
            "change": self.change,
            "trial": None if self.trial is None else _plain(self.trial),
            "where": self.where,
            "layers": list(self.layers),
            "columns": list(self.columns),
            "rows": list(self.rows),
            "folded": [f.to_dict() for f in self.folded],
        }

    def with_folded(self, others: tuple[Finding, ...]) -> Finding:
        """Return it with others that it explains."""
        return replace(self, folded=(*self.folded, *others))


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """What the doctor says of a program.

    Attributes:
        verdict: "healthy", "at_ceiling" or "faulty".
        findings: at most three, the cause first.
        summary: one sentence.
        scores: name -> number: scores of the program and of the references.
        notes: what was not looked at, and why.
        seconds: time of the diagnosis.
        record: what was seen of the training, None where nothing could be trained.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    summary: str
    scores: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    record: Record | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "verdict": self.verdict,
            "summary": self.summary,
            "findings": [f.to_dict() for f in self.findings],
            "scores": {k: _finite(v) for k, v in self.scores.items()},
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
        }

    def to_json(self) -> str:
        """Return a JSON document."""
        return json.dumps(self.to_dict(), indent=2)

    def report(self, path: str | Path) -> Path:
        """Write the diagnosis as one HTML page that needs no network, and return its path."""
        from learnscope.doctor.page.page import write_page

        return write_page(self, Path(path))

    def __str__(self) -> str:
        from learnscope.doctor.text import diagnosis_text

        return diagnosis_text(self)


def _plain(thing: Evidence | Trial) -> dict[str, Any]:
    return {name: _finite(getattr(thing, name)) for name in thing.__slots__}


def _finite(value: Any) -> Any:
    """JSON has no NaN: such a number becomes its text."""
    if isinstance(value, float) and not abs(value) < float("inf"):
        return str(value)
    return value


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
