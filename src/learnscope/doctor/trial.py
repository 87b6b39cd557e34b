"""The treatment trial: the same program with one change, the same batches and the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from learnscope.doctor.case import Case, quality
from learnscope.doctor.finding import Trial
from learnscope.doctor.record import Record
from learnscope.doctor.setup import Setup
from learnscope.doctor.training import train_copy
from learnscope.errors import InputError

Apply = Callable[[Setup], Setup]
"""Maps a setup, a copy that may be changed, to the repaired one."""

LONGEST = 2.0
"""Seconds that one training of a trial should take at most, from the taxonomy."""
LEAST = 0.2
"""Seconds that a training gets that was begun just before the time was up."""
ALIKE = 0.005
"""Difference of scores that leaves the change that stands first."""
IN_VAIN = 2
"""Changes in a row without a gain after which no more of a suspicion are tried."""
MARGIN = 0.05
"""Gain of a score that confirms a cause, from the taxonomy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A trial of one change.

    Attributes:
        change: the change in one line.
        apply: makes it.
        before: quality of the program, one for each seed.
        after: quality with the change.
        epochs: epochs of the program in the trial.
    """

    change: str
    apply: Apply
    before: tuple[float, ...]
    after: tuple[float, ...]
    epochs: int

    @property
    def gain(self) -> float:
        """The least gain over the seeds."""
        return min(a - b for a, b in zip(self.after, self.before, strict=True))

    @property
    def most(self) -> float:
        """The greatest gain over the seeds."""
        return max(a - b for a, b in zip(self.after, self.before, strict=True))

    @property
    def level(self) -> float:
        """The mean quality with the change."""
        return sum(self.after) / len(self.after)

    def trial(self, score: str, limit: float) -> Trial:
        """Return it as it is reported."""
        return Trial(
            score=score,
            before=sum(self.before) / len(self.before),
            after=self.level,
            seeds=len(self.after),
            epochs=self.epochs,
            improved=self.gain > limit,
        )


class Trials:
    """Trains a case and its changes, as long as there is time.

    Args:
        case: the case.
        measure: by what trainings are compared.
        times: how many times as long as the program trains both sides of a trial train.
    """

    def __init__(
        self, case: Case, measure: Callable[[Record], float] = quality, times: int = 1
    ) -> None:
        self.case, self.measure = case, measure
        record = case.record
        epochs = max(1, record.epochs)
        wanted = case.setup.epochs * times
        share = min(1.0, LONGEST / max(record.seconds / epochs * wanted, 1e-9))
        self.epochs = max(1, math.ceil(wanted * share))
        if record.epochs < case.setup.epochs and record.finite and times == 1:
            self.epochs = min(self.epochs, epochs)
        self._before: dict[int, float] = {}
        self._longest = 0.0
        if self.epochs == record.epochs or not record.finite:
            self._before[case.setup.seed] = measure(record)

    @property
    def is_whole(self) -> bool:
        """Whether a trial is as long as the program's training."""
        return self.epochs >= self.case.setup.epochs

    @property
    def reserve(self) -> float:
        """Seconds that are kept for a second seed: the program and the change, once each."""
        return 2 * self._longest

    def before(self, seed: int) -> float:
        """Return the quality of the program as it is."""
        if seed not in self._before:
            self._before[seed] = self.measure(self._train(self.case.setup, seed, self.epochs))
        return self._before[seed]

    def run(
        self, changes: Sequence[tuple[str, Apply]], seeds: Sequence[int] = (0,)
    ) -> Outcome | None:
        """Return the best of some changes, None where none can be made or time is up."""
        best: Outcome | None = None
        in_vain = 0
        for change, apply in changes:
            if self.case.left <= self.reserve:
                break
            found = self._one(change, apply, seeds)
            if found is None:
                continue
            if best is None or found.level > best.level + ALIKE:
                best = found
            in_vain = in_vain + 1 if found.gain <= 0 else 0
            if in_vain == IN_VAIN:
                break  # Further on the same way lies no more.
        return best

    def again(self, outcome: Outcome, seed: int) -> Outcome:
        """Return a trial with one seed more; as it is where time is up."""
        if self.case.left <= 0:
            return outcome
        more = self._one(outcome.change, outcome.apply, (seed,))
        if more is None:
            return outcome
        return replace(
            outcome, before=(*outcome.before, *more.before), after=(*outcome.after, *more.after)
        )

    def _one(self, change: str, apply: Apply, seeds: Sequence[int]) -> Outcome | None:
        before: list[float] = []
        after: list[float] = []
        for extra in seeds:
            if after and self.case.left <= 0:
                break
            seed = self.case.setup.seed + extra
            try:
                changed = apply(replace(self.case.setup, seed=seed).copy())
                # A change of the length is measured at that length.
                longer = changed.epochs / self.case.setup.epochs
                found = self._train(changed, seed, max(1, math.ceil(self.epochs * longer)))
            except (InputError, RuntimeError, ValueError, TypeError, IndexError, AttributeError):
                return None
            after.append(self.measure(found))
            before.append(self.before(seed))
        return Outcome(
            change=change,
            apply=apply,
            before=tuple(before),
            after=tuple(after),
            epochs=self.epochs,
        )

    def _train(self, setup: Setup, seed: int, epochs: int) -> Record:
        seconds = max(LEAST, min(3 * LONGEST, self.case.left))
        own = self.case.setup
        same = setup.y is own.y and (
            self.case.task.kind != "regression" or _alike(setup.loss, own.loss)
        )
        found = train_copy(
            replace(setup, seed=seed),
            # Other targets, or another loss of the same ones, may be another task.
            task=self.case.task if same else None,
            epochs=epochs,
            seconds=seconds,
            watch=False,
        )
        self._longest = max(self._longest, found.seconds)
        return found


def _alike(one: object, other: object) -> bool:
    """Whether two losses are copies of one: of the same class, and functions of the same code."""
    code = getattr(one, "__code__", None)
    return type(one) is type(other) and code is getattr(other, "__code__", None)
