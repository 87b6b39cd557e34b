"""From suspicions and their trials to findings: which is the cause, which are explained by it.

Of the changes that were tried, those that bring nearly as much as the best one are cures. Several
usually are: a lower rate mends large inputs too. The cause is then the cure that stands first in
the order of causes (`faults.place`); the others follow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from learnscope.doctor.case import Case
from learnscope.doctor.faults import place
from learnscope.doctor.finding import Confidence, Finding, Fix
from learnscope.doctor.rules.base import Suspicion
from learnscope.doctor.trial import Outcome

MOST = 3
"""Findings that are told."""
NEAR = 0.03
"""Difference of scores that leaves two cures alike, at least: below half of what counts."""
SHARE = 0.25
"""Share of the best gain by which a cure may fall behind and still be one."""
CONFIRMED = 0.05
"""Gain that confirms, from the taxonomy."""
EXPLAINS = (("conv-collapse", "input-ignored"),)
"""Faults and what they bring about by themselves: strides that leave one pixel skip the others."""
LEAST = 0.02
"""Gain that confirms where it closes half of the distance to the references."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """A suspicion with its trial; None where nothing could be tried."""

    suspicion: Suspicion
    outcome: Outcome | None


def helps(outcome: Outcome | None, shortfall: float) -> bool:
    """Whether a change is better by what confirms a cause, for all seeds."""
    if outcome is None:
        return False
    if outcome.gain > CONFIRMED:
        return True
    # Where cheap models do no better there is no distance, and any outcome can be polished.
    return shortfall > CONFIRMED and outcome.gain > LEAST and outcome.gain >= 0.5 * shortfall


def in_order(tried: Sequence[Tried], shortfall: float) -> list[Tried]:
    """Return symptoms that a trial confirmed: the cause first, then other cures, then the rest."""
    kept = [t for t in tried if helps(t.outcome, shortfall)]
    if not kept:
        return []

    def level(t: Tried) -> float:
        assert t.outcome is not None
        return t.outcome.level

    def gain(t: Tried) -> float:
        assert t.outcome is not None
        return t.outcome.level - sum(t.outcome.before) / len(t.outcome.before)

    best = max(level(t) for t in kept)
    slack = max(NEAR, SHARE * max(gain(t) for t in kept))
    cures = [t for t in kept if level(t) >= best - slack]
    rest = [t for t in kept if t not in cures]
    cures.sort(key=lambda t: stands(t.suspicion))
    rest.sort(key=level, reverse=True)
    return [*cures, *rest]


def stands(s: Suspicion) -> int:
    """Return where a suspicion stands in the order of causes."""
    if s.of_data:
        return place("non-finite-data")
    return max(place(s.slug), place("too-few-updates")) if s.arose else place(s.slug)


def finding_of(case: Case, tried: Tried, shortfall: float, *, exact: bool) -> Finding:
    """Return the finding of a suspicion."""
    s, outcome = tried.suspicion, tried.outcome
    confirmed = helps(outcome, shortfall)
    # A single seed, where time was up, may be luck.
    sure = confirmed and outcome is not None and len(outcome.after) > 1
    confidence: Confidence = (
        "confirmed" if exact or sure else "possible" if outcome is None else "likely"
    )
    severity = s.severity
    if not exact and not confirmed and severity == "error":
        severity = "warning"
    chosen = (outcome.change, outcome.apply) if outcome is not None else next(iter(s.changes), None)
    change = s.advice if chosen is None else chosen[0]
    if chosen is not None and not change:
        change = s.advice
    return Finding(
        slug=s.slug,
        title=s.title,
        severity=severity,
        confidence=confidence,
        evidence=s.evidence,
        why=s.why,
        change=change,
        trial=None if outcome is None else outcome.trial(case.task.score, CONFIRMED),
        fix=None if chosen is None else Fix(change, chosen[1], case.setup),
        layers=s.layers,
        columns=s.columns,
        rows=s.rows,
    )


def told(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return at most three findings, each fault once; the first explains what is left over."""
    seen: dict[str, Finding] = {}
    for finding in findings:
        seen.setdefault(finding.slug, finding)
    for cause, effect in EXPLAINS:
        if cause in seen and effect in seen:
            effects = (*seen[cause].folded, seen.pop(effect))
            seen[cause] = replace(seen[cause], folded=effects)
    kept = [f for f in seen.values() if f.severity != "note"]
    notes = [f for f in seen.values() if f.severity == "note"]
    first, rest = kept[:MOST], kept[MOST:]
    if first and rest:
        first[0] = replace(first[0], folded=(*first[0].folded, *rest))
    return (*first, *notes[: MOST - len(first)])
