"""A diagnosis as text, for terminals."""

from __future__ import annotations

import textwrap

from learnscope.doctor.finding import Diagnosis, Finding

WIDTH = 96


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """Return the summary, then each finding in a few lines."""
    lines = textwrap.wrap(diagnosis.summary, WIDTH)
    for i, finding in enumerate(diagnosis.findings, 1):
        lines += ["", *finding_lines(finding, i)]
    lines += [line for note in diagnosis.notes for line in textwrap.wrap(f"Note: {note}", WIDTH)]
    return "\n".join(lines)


def finding_lines(finding: Finding, number: int) -> list[str]:
    """Return a finding: title, evidence, why, change, trial, and what it explains."""
    where = f" at {finding.where}" if finding.where else ""
    head = f"{number}. {finding.title}{where}. [{finding.slug}; {finding.severity}, "
    head += f"{finding.confidence}]"
    lines = textwrap.wrap(head, WIDTH)
    lines += [f"   {e}" for e in finding.evidence]
    for word, text in (("Why", finding.why), ("Change", finding.change)):
        lines += textwrap.wrap(
            f"{word}: {text}", WIDTH, initial_indent="   ", subsequent_indent="   "
        )
    if finding.trial is not None:
        lines.append(f"   Trial: {finding.trial}")
    if finding.folded:
        lines.append(f"   Explains: {', '.join(f.slug for f in finding.folded)}")
    return lines
