"""What watching a loop has shown, as a diagnosis."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from learnscope.doctor.diagnose import diagnose
from learnscope.doctor.faults import place
from learnscope.doctor.finding import Diagnosis, Evidence, Finding
from learnscope.doctor.hint import Hint
from learnscope.doctor.plain import MOST
from learnscope.doctor.watching import wiring
from learnscope.doctor.watching.rebuild import optimizer_of
from learnscope.doctor.watching.seen import ModelSeen, Seen
from learnscope.errors import InputError

SYMPTOMS_FROM = place("constant-init")
"""Faults from here on are told from how a training went: of a loop that is wrong by itself they
say nothing yet."""


def finding_of(hint: Hint) -> Finding:
    """Return what was seen as a finding."""
    evidence = tuple(Evidence(what=w, value=v, limit=limit) for w, v, limit in hint.evidence)
    return Finding(
        slug=hint.slug,
        title=hint.title,
        severity=hint.severity,
        confidence=hint.confidence,
        evidence=evidence,
        why=hint.why,
        change=hint.change,
        where=hint.where,
        layers=hint.layers,
    )


def diagnosis_of(
    seen: Seen,
    *,
    loss: Callable[..., Any] | None,
    data: Any,
    test_data: Any,
    budget: float,
    loop: dict[str, Any],
) -> Diagnosis:
    """Return the diagnosis of a loop that was watched.

    Args:
        seen: what was seen.
        loss: the loss, needed where there are data.
        data: training rows, as `diagnose` takes them; None looks at the loop alone.
        test_data: test rows, likewise.
        budget: seconds for references and trials.
        loop: epochs, batch_size and shuffle, as `diagnose` takes them.
    """
    own = [finding_of(hint) for hint in wiring.look(seen)]
    if data is None:
        note = "Only the loop was looked at. Give data=(X, y) for trials."
        return _of_loop(own, (note,))
    if loss is None:
        raise InputError("watch: a diagnosis with data needs the loss: watch(model, opt, loss_fn).")
    model = seen.main_model()
    if model is None or model.initial is None:
        return _of_loop(own, ("No training of the model was seen, so nothing was tried.",))
    fresh = copy.deepcopy(model.initial)
    given = {k: v for k, v in loop.items() if v is not None}
    told = diagnose(
        model=fresh,
        data=data,
        test_data=test_data,
        loss=loss,
        optimizer=_optimizer(seen, model, fresh),
        budget=budget,
        **given,
    )
    return _joined(own, told)


def _optimizer(seen: Seen, model: ModelSeen, fresh: Any) -> Any:
    names = {id(p): name for name, p in model.module.named_parameters()}
    owners = seen.owners(model) or list(seen.optimizers.values())
    found = optimizer_of(owners, fresh, names)
    return None if isinstance(found, str) else found


def _of_loop(own: Sequence[Finding], notes: tuple[str, ...]) -> Diagnosis:
    faulty = any(f.severity != "note" for f in own)
    summary = f"Faulty: {own[0].title}." if faulty else "Healthy: the loop is sound."
    return Diagnosis(
        verdict="faulty" if faulty else "healthy",
        findings=tuple(own[:MOST]),
        summary=summary,
        notes=notes,
    )


def _joined(own: Sequence[Finding], told: Diagnosis) -> Diagnosis:
    """Return both, each fault once; symptoms of a loop that is wrong are folded under it."""
    seen = {f.slug for f in own}
    rest = [f for f in told.findings if f.slug not in seen]
    wrong = next((f for f in own if f.severity == "error"), None)
    if wrong is None:
        findings = [*rest, *own] if rest else list(own)
    else:
        symptoms = tuple(f for f in rest if place(f.slug) >= SYMPTOMS_FROM)
        first = wrong.with_folded(symptoms)
        findings = [first, *(f for f in rest if f not in symptoms)]
        findings += [f for f in own if f is not wrong]
    if not own:
        return told
    faulty = told.verdict == "faulty" or any(f.severity != "note" for f in own)
    return replace(
        told,
        verdict="faulty" if faulty else told.verdict,
        findings=tuple(findings[:MOST]),
        summary=f"Faulty: {findings[0].title}." if faulty else told.summary,
    )
