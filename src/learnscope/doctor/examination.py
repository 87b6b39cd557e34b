"""The examination of a setup: which rules are asked, which suspicions are tried, what is told."""

from __future__ import annotations

import math
from collections.abc import Mapping

from learnscope.doctor.case import MARGIN, Case, quality
from learnscope.doctor.choosing import (
    CONFIRMED,
    LEAST,
    Tried,
    finding_of,
    helps,
    in_order,
    stands,
    told,
)
from learnscope.doctor.clock import Deadline
from learnscope.doctor.faults import place
from learnscope.doctor.finding import Diagnosis, Finding, Verdict
from learnscope.doctor.raising import failure_while_training, raised
from learnscope.doctor.record import Record
from learnscope.doctor.rules import RULES
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.rules.few_rows import half_the_rows, poor, too_little_data
from learnscope.doctor.rules.generalisation import fits
from learnscope.doctor.setup import Setup
from learnscope.doctor.trial import Trials

BIG = 0.15
"""Shortfall from the references that is told even where no trial has found the cause: three times
what counts."""
WIDE = 0.25
"""Gap between training and test score that is told even where cheap models do no better: two and a
half times the gap that counts."""
OF_FIRST_WEIGHTS = {"init-scale", "dead-units", "saturated-units", "vanishing-gradient"}
"""Faults whose trials draw the weights anew."""
LONGER = 4
"""How many times as long trials train where none of the usual length has found a cause."""
BY_HEART = 0.9
"""Training score from which on rows are known by heart: a tenth is left over."""
FALLS = 0.03
"""Score lost with half of the rows from which on more rows would help."""
CEILING = 0.03
"""Distance from the references within which an outcome is at the ceiling, from the taxonomy."""


class Examination:
    """One diagnosis on its way: exact rules, then the outcome, then symptoms and their trials.

    Args:
        setup: what is examined; it is not changed.
        deadline: when no new training begins.
    """

    def __init__(self, setup: Setup, deadline: Deadline) -> None:
        self.case = Case(setup, deadline)
        self.notes = self.case.notes

    def run(self) -> Diagnosis:
        failed = raised(self.case.setup)
        if failed is not None:
            return Diagnosis(verdict="faulty", findings=(failed,), summary=_raises(failed))
        try:
            _ = self.case.record
        except Exception as error:
            failed = failure_while_training(error)
            return Diagnosis(verdict="faulty", findings=(failed,), summary=_raises(failed))
        exact = self._exact(self.case)
        repaired = self._repaired(exact)
        errors = [f for f in exact if f.severity != "note"]
        more: list[Finding] = []
        if repaired is not self.case:
            if self._is_still_poor(repaired):
                more = self._symptoms(repaired)
        else:
            more = self._symptoms(self.case)
        findings = told([*errors, *more, *(f for f in exact if f.severity == "note")])
        return self._diagnosis(findings)

    def _is_still_poor(self, repaired: Case) -> bool:
        """Whether a program whose exact faults are mended is clearly poor all the same.

        Its settings were chosen for the faulty one, so twice the usual margin is allowed.
        """
        if repaired.left <= 0 or raised(repaired.setup) is not None or not repaired.trouble:
            return False
        return self._shortfall(repaired) > 2 * MARGIN or not repaired.record.finite

    def _look(self, case: Case, rules: tuple[Rule, ...]) -> list[Suspicion]:
        found: list[Suspicion] = []
        for rule in rules:
            try:
                found += rule.look(case)
            except Exception as error:
                text = (str(error).splitlines() or [""])[0]
                self.notes.append(
                    f"The rule for {rule.slugs[0]} could not be applied "
                    f"({type(error).__name__}: {text})."
                )
        return found

    def _exact(self, case: Case) -> list[Finding]:
        """Return what exact rules say, each with a trial of its change where there is time."""
        suspicions = self._look(case, tuple(r for r in RULES if r.stage == "exact"))
        suspicions.sort(key=lambda s: place(s.slug))
        findings = []
        for s in suspicions:
            outcome = None
            finite = not any(t.slug == "non-finite-data" for t in suspicions)
            if s.changes and s.severity != "note" and case.left > 0 and finite:
                outcome = Trials(case).run(s.changes, (0, 1))
            tried = Tried(suspicion=s, outcome=outcome)
            if s.alone:
                findings.append(finding_of(case, tried, self._shortfall(case), exact=True))
            elif helps(outcome, self._shortfall(case)):
                findings.append(finding_of(case, tried, self._shortfall(case), exact=False))
        return findings

    def _repaired(self, exact: list[Finding]) -> Case:
        """Return the case with the changes of exact findings made; itself where there is none."""
        setup, changed = self.case.setup, False
        for finding in exact:
            if finding.severity == "note" or finding.fix is None:
                continue
            try:
                setup, changed = finding.fix.apply(setup.copy()), True
            except Exception:
                continue
        if not changed:
            return self.case
        case = Case(setup, self.case.deadline)
        case.notes = []
        return case

    def _symptoms(self, case: Case) -> list[Finding]:
        """Return what rules say that look at the outcome, confirmed by trials."""
        own = self._look(case, tuple(r for r in RULES if r.stage == "outcome"))
        findings = [f for s in own if (f := self._outcome(case, s)) is not None]
        if not case.trouble or findings:
            return findings
        suspicions = self._look(case, tuple(r for r in RULES if r.stage == "symptom"))
        if case.record.finite and case.record.scores.get("test") is not None and fits(case):
            # The rows are fitted: what keeps a network from fitting them is not what is wrong.
            suspicions = [s for s in suspicions if not s.of_fit]
        shortfall = self._shortfall(case)
        suspicions.sort(key=_urgency)
        trials = Trials(case)
        tried = [Tried(suspicion=s, outcome=trials.run(s.changes) if s.changes else None)
                 for s in suspicions]  # fmt: skip
        ordered = in_order([t for t in tried if not _in_vain(case, t)], shortfall)
        kept = []
        for t in ordered[:4]:
            assert t.outcome is not None
            if t.suspicion.control is not None and _by_control(trials, t, tried):
                continue
            again = trials.again(t.outcome, 1)
            if helps(again, shortfall):
                kept.append(Tried(suspicion=t.suspicion, outcome=again))
        spoken = [
            t for t in tried if t.suspicion.alone and t.suspicion.slug not in
            {k.suspicion.slug for k in kept}
        ]  # fmt: skip
        kept = in_order(kept, shortfall)
        found = [finding_of(case, t, shortfall, exact=False) for t in kept]
        alone = [finding_of(case, t, shortfall, exact=True) for t in spoken]
        found = sorted(alone, key=lambda f: place(f.slug)) + found
        if not found and shortfall > BIG:
            found = self._longer(case, tried)
        return found or self._fallback(case, tried, shortfall)

    def _longer(self, case: Case, tried: list[Tried]) -> list[Finding]:
        """Return causes that show only in a longer training: programs often have two faults.

        Inputs of a bad scale and too few updates: mending one of them alone brings little. Both
        sides of these trials train `LONGER` times as long.
        """
        trials = Trials(case, times=LONGER)
        again = []
        for t in tried:
            if t.outcome is None or t.suspicion.of_fit or case.left <= 0:
                continue
            outcome = trials.run(((t.outcome.change, t.outcome.apply),), (0, 1))
            longer = Tried(suspicion=t.suspicion, outcome=outcome)
            if outcome is not None and len(outcome.after) > 1 and not _in_vain(case, longer):
                again.append(longer)
        shortfall = self._shortfall(case)
        return [finding_of(case, t, shortfall, exact=False) for t in in_order(again, shortfall)]

    def _outcome(self, case: Case, s: Suspicion) -> Finding | None:
        """Return the finding of a rule with a gate of its own, None where its trial fails."""
        if s.alone:
            outcome = Trials(case).run(s.changes, (0,)) if s.changes and case.left > 0 else None
            return finding_of(case, Tried(suspicion=s, outcome=outcome), 0.0, exact=True)
        measure = _balanced if s.slug == "class-imbalance" else quality
        trials = Trials(case, measure)
        outcome = trials.run(s.changes) if s.changes else None
        if outcome is None or not helps(outcome, 0.0):
            return None
        again = trials.again(outcome, 1)
        return finding_of(case, Tried(suspicion=s, outcome=again), 0.0, exact=False)

    def _fallback(self, case: Case, tried: list[Tried], shortfall: float) -> list[Finding]:
        """Return what is possible where the outcome is poor and no trial found the cause."""
        overfit = [t for t in tried if t.suspicion.slug in ("overfitting", "label-noise")]
        reference = case.references
        test = case.record.scores.get("test")
        if overfit and reference is not None and test is not None:
            if test < case.below(reference) and shortfall > BIG:
                return [finding_of(case, overfit[0], shortfall, exact=False)]
            train = case.record.scores["train"]
            if train >= BY_HEART:
                return self._too_little(case, overfit[0], wide=train - test > WIDE)
            return []
        if shortfall <= BIG:
            return []
        order = sorted(
            (t for t in tried if t.outcome is None or t.outcome.gain > 0),
            key=lambda t: (-(t.outcome.gain if t.outcome else 0.0), place(t.suspicion.slug)),
        )
        found = [finding_of(case, t, shortfall, exact=False) for t in order[:2]]
        return found or [finding_of(case, Tried(suspicion=poor(case), outcome=None), shortfall,
                                    exact=False)]  # fmt: skip

    def _too_little(self, case: Case, gap: Tried, *, wide: bool) -> list[Finding]:
        """Return what a gap means that no change closed and cheap models have too.

        Where it is not wide only rows that are too few are told, and only by a clear fall.
        """
        found = [finding_of(case, gap, 0.0, exact=False)] if wide else []
        test, known = case.record.scores["test"], case.references
        if not wide and known is not None and test > known.best + case.margin(test):
            return found  # Clearly better than cheap models on the same rows.
        half = Trials(case).run((("", half_the_rows),), (0, 1))
        falls = FALLS if wide else case.margin(test)
        if half is None or -half.most < falls:
            return found
        return [finding_of(case, Tried(suspicion=too_little_data(case, half), outcome=None), 0.0,
                           exact=True), *found]  # fmt: skip

    def _shortfall(self, case: Case) -> float:
        """Return how far the outcome is from what cheap models reach."""
        here = quality(case.record)
        if case.references is None:
            return max(0.0, 1 - here)
        return max(0.0, case.references.best - here)

    def _diagnosis(self, findings: tuple[Finding, ...]) -> Diagnosis:
        case = self.case
        record = case.record
        scores = {f"{part}": float(v) for part, v in record.scores.items()}
        found = case.references
        if found is not None:
            scores |= {
                "constant reference": found.constant,
                "linear reference": found.linear,
                "local reference": found.local,
            }
        verdict = self._verdict(findings)
        return Diagnosis(
            verdict=verdict,
            findings=findings,
            summary=_summary(verdict, findings, scores, case.task.score),
            scores=scores,
            notes=tuple(dict.fromkeys(self.notes)),
            record=record,
        )

    def _verdict(self, findings: tuple[Finding, ...]) -> Verdict:
        if any(f.severity != "note" for f in findings):
            return "faulty"
        found, score = self.case.references, quality(self.case.record)
        if found is None or score >= 0.97:
            return "healthy"
        near = abs(score - found.best) <= max(CEILING, self.case.margin(score))
        return "at_ceiling" if near else "healthy"


def _in_vain(case: Case, t: Tried) -> bool:
    """Whether a change ends no better than a constant answer: it mends nothing."""
    known = case.references
    return t.outcome is not None and known is not None and t.outcome.level < known.constant + LEAST


def _by_control(trials: Trials, t: Tried, tried: list[Tried]) -> bool:
    """Whether what a change brings along does as well alone.

    Where there is no time for that trial, those of first weights and units stand for it.
    """
    assert t.outcome is not None and t.suspicion.control is not None
    found = trials.run((("", t.suspicion.control),))
    others = [o.outcome for o in tried if o.suspicion.slug in OF_FIRST_WEIGHTS]
    levels = [o.level for o in ([found] if found is not None else others) if o is not None]
    return max(levels, default=-math.inf) >= t.outcome.level - CONFIRMED


def _urgency(suspicion: Suspicion) -> tuple[int, int]:
    """Return the order of trials: first weights and rate, which tell most; wider networks last."""
    rate = suspicion.slug in ("lr-too-high", "lr-too-low", "init-scale")
    wide = suspicion.slug == "capacity-too-small"
    return (0 if rate else 2 if wide else 1, stands(suspicion))


def _balanced(record: Record) -> float:
    scores = record.scores
    return float(scores.get("test_balanced", scores.get("balanced", 0.0)))


def _summary(
    verdict: Verdict, findings: tuple[Finding, ...], scores: Mapping[str, float], name: str
) -> str:
    parts = ", ".join(f"{p} {scores[p]:.3g}" for p in ("train", "test") if p in scores)
    if verdict == "faulty":
        first = next(f for f in findings if f.severity != "note")
        return f"Something is wrong: {first.title}. {name}: {parts}."
    if verdict == "at_ceiling":
        return (
            f"Nothing is wrong, and not much more is to be had: {name} {parts}, where cheap models "
            f"reach {max(scores.get('linear reference', 0), scores.get('local reference', 0)):.3g}."
        )
    return f"Nothing is wrong: {name} {parts}."


def _raises(finding: Finding) -> str:
    return f"The program does not run: {finding.title}."
