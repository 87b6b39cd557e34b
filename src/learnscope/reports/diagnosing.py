"""The diagnosis of a run or an atlas for its report: the doctor is asked where it is poor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnscope.errors import LearnscopeError
from learnscope.measures.facts import Facts
from learnscope.measures.health import health
from learnscope.measures.verdict import verdict
from learnscope.reports.diagnosis import Diagnosis, Finding
from learnscope.trained import Trained

if TYPE_CHECKING:
    from learnscope.atlas.atlas import Atlas
    from learnscope.measures.atlas.result import AtlasVerdict

BUDGET = 4.0
"""Seconds that the doctor may take for a report."""

SOUND = {"Solved": "healthy", "Good": "healthy", "Matched": "at_ceiling", "Fitted": "healthy"}
"""Word of a verdict -> what is said without asking further: symptoms count only where the outcome
is poor."""
UNASKED = {"Untrained", "Unclear"}
"""Words of runs that cannot be diagnosed: there is no outcome, or too little to judge it by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """A diagnosis without findings."""

    verdict: str
    findings: Sequence[Finding] = ()


def diagnosis_of(facts: Facts, budget: float = BUDGET) -> Diagnosis | None:
    """Return what the doctor says of a run, None where it cannot be asked.

    A run whose members all do well is said to be sound. Of another the worst member is asked
    about: it is trained again as it was and with changes, see `learnscope.doctor`.

    Args:
        facts: of the run.
        budget: seconds, about.
    """
    word = verdict(facts).word
    if word in UNASKED:
        return None
    trained = list(facts.trained)
    if word in SOUND and all(health(t).alive for t in trained):
        return Plain(verdict=SOUND[word])
    return _asked(worst_of(trained), budget)


def _asked(trained: Trained, budget: float) -> Diagnosis | None:
    from learnscope.doctor.diagnose import diagnose_setup
    from learnscope.doctor.trained import setup_of

    try:
        return diagnose_setup(setup_of(trained), budget=budget)
    except (LearnscopeError, RuntimeError, ValueError, TypeError, AttributeError):
        # A model whose training is no loop over rows: the page says nothing rather than a guess.
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosed:
    """What the doctor says of one member of an atlas.

    Attributes:
        whose: which member, and why that one: the beginning of a sentence.
        diagnosis: what was said.
    """

    whose: str
    diagnosis: Diagnosis


def limited_member(atlas: Atlas, verdict: AtlasVerdict, budget: float = BUDGET) -> Diagnosed | None:
    """Ask the doctor about a member of the first point that is limited as most points are.

    None where no point is limited by anything but its noise, or it cannot be asked.
    """
    from learnscope.sweeps.sweep import describe

    points = [p for p in verdict.points if p.word not in ("at the ceiling", "noise-limited")]
    if not points:
        return None
    table = atlas.table
    words = [p.word for p in points]
    word = max(dict.fromkeys(words), key=words.count)
    point = next(p for p in points if p.word == word)
    seed = int(table.filter(table["point"] == point.point)["seed"].to_list()[0])
    found = _asked(atlas.trained(point.point, [seed])[0], budget)
    if found is None:
        return None
    whose = (
        f"The member with seed {seed} of {describe(dict(point.settings))}, a point that is {word}"
    )
    return Diagnosed(whose=whose, diagnosis=found)


def worst_of(trained: Sequence[Trained]) -> Trained:
    """Return a member that diverged or died, else the one with the greatest training loss."""
    lost = [t for t in trained if not health(t).alive]
    if lost:
        return lost[0]
    return max(trained, key=lambda t: float(t.result.history["train_loss"][-1]))
