"""What a doctor says of a run, as plain rows for the section of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Severity = Literal["error", "warning", "note"]

WORDS = {"healthy": "Healthy", "at_ceiling": "At the ceiling", "faulty": "Faulty"}
SEVERITIES = {"error": "Error", "warning": "Warning", "note": "Note"}


class Finding(Protocol):
    """What the section reads of a finding; `evidence` and `trial` say themselves by `str`."""

    @property
    def title(self) -> str:
        """What is wrong, one line."""

    @property
    def severity(self) -> Severity:
        """How much it matters."""

    @property
    def evidence(self) -> Sequence[object]:
        """Measured numbers beside their limits."""

    @property
    def why(self) -> str:
        """Why it matters."""

    @property
    def change(self) -> str:
        """What to do."""

    @property
    def trial(self) -> object | None:
        """What the change brought, None where it was not trained."""


class Diagnosis(Protocol):
    """What the section reads of a diagnosis."""

    @property
    def verdict(self) -> str:
        """A word: healthy, at_ceiling or faulty."""

    @property
    def findings(self) -> Sequence[Finding]:
        """The findings, the cause first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingRow:
    """A finding as texts.

    Attributes:
        title: what is wrong.
        severity: "Error", "Warning" or "Note".
        bad: whether it is an error.
        evidence: a line for each measured number.
        why: why it matters.
        change: what to do.
        trial: what that brought, "" where it was not tried.
    """

    title: str
    severity: str
    bad: bool
    evidence: tuple[str, ...]
    why: str
    change: str
    trial: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DiagnosisRows:
    """The section of a report.

    Attributes:
        word: the verdict: "Healthy", "At the ceiling", "Faulty".
        healthy: whether there is nothing to mend.
        findings: in the order of the diagnosis.
    """

    word: str
    healthy: bool
    findings: tuple[FindingRow, ...]


def diagnosis_rows(diagnosis: Diagnosis) -> DiagnosisRows:
    """Return a diagnosis as the texts that a report shows."""
    word = diagnosis.verdict
    return DiagnosisRows(
        word=WORDS.get(word, word[:1].upper() + word[1:].replace("_", " ")),
        healthy=not any(f.severity != "note" for f in diagnosis.findings),
        findings=tuple(
            FindingRow(
                title=f.title,
                severity=SEVERITIES.get(f.severity, str(f.severity)),
                bad=f.severity == "error",
                evidence=tuple(str(e) for e in f.evidence),
                why=f.why,
                change=f.change,
                trial="" if f.trial is None else str(f.trial),
            )
            for f in diagnosis.findings
        ),
    )
