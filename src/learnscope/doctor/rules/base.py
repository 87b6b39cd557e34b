"""What a rule of the doctor is: it looks at a case and says what it suspects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from learnscope.doctor.case import Case
from learnscope.doctor.finding import Evidence, Severity
from learnscope.doctor.setup import Setup
from learnscope.doctor.trial import Apply

Stage = Literal["exact", "symptom", "outcome"]
"""exact: speaks always. symptom: speaks where the outcome is poor, and must be confirmed by a
trial. outcome: has a gate of its own, and looks at the training."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """What a rule suspects.

    Attributes:
        slug: a word of `FAULTS`.
        title: what is wrong, one line.
        evidence: measured numbers beside their limits.
        why: why it matters, two sentences.
        changes: changes that would mend it, each a line and what makes it, the likeliest first;
            where there are several, a trial chooses.
        advice: the change in words where none can be made here.
        severity: as a finding's.
        alone: speaks without a trial: its evidence is enough to be told.
        arose: came about in the training, so that a setting of it that cures is the cause.
        of_data: wrong numbers in the data, the cause of whatever settings they call for.
        of_fit: says that the training rows are not fitted; silent where they are.
        control: makes what a change brings along beside what it is for, such as weights drawn anew;
            where it does as well alone, the suspicion is wrong.
        layers: names of layers or parameters.
        columns: input columns.
        rows: rows.
    """

    slug: str
    title: str
    evidence: tuple[Evidence, ...]
    why: str
    changes: tuple[tuple[str, Apply], ...] = ()
    advice: str = ""
    severity: Severity = "error"
    alone: bool = False
    arose: bool = False
    of_data: bool = False
    of_fit: bool = False
    control: Apply | None = None
    layers: tuple[str, ...] = ()
    columns: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()


class Rule(ABC):
    """One or several related faults. Limits stand in the module's docstring with their source."""

    slugs: ClassVar[tuple[str, ...]]
    stage: ClassVar[Stage]

    @abstractmethod
    def look(self, case: Case) -> list[Suspicion]:
        """Return what is suspected, [] for nothing. May raise where it does not apply."""


def setting(change: str, **changes: Any) -> tuple[str, Apply]:
    """Return a change of fields of the setup."""
    from dataclasses import replace

    return change, lambda setup: replace(setup, **changes)


def option(change: str, **options: object) -> tuple[str, Apply]:
    """Return a change of options of the optimiser, in all groups that have them."""

    def apply(setup: Setup) -> Setup:
        for group in setup.optimizer.param_groups:
            group.update({k: v for k, v in options.items() if k in group})
        setup.optimizer.defaults.update(
            {k: v for k, v in options.items() if k in setup.optimizer.defaults}
        )
        return setup

    return change, apply


def of_model(change: str, make: Callable[[Setup], object]) -> tuple[str, Apply]:
    """Return a change of the model that keeps its parameters; `make` returns the new one."""
    from dataclasses import replace

    def apply(setup: Setup) -> Setup:
        return replace(setup, model=make(setup))  # type: ignore[arg-type]

    return change, apply
