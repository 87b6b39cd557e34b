"""Training what an entry's checks and answers need, each variant once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import fmean, median
from typing import TYPE_CHECKING

from learnscope.catalogue import named
from learnscope.errors import DataError
from learnscope.stand_in import lacks_files, stand_in_text, with_stand_in
from learnscope.training.result import OnProgress, ShouldStop

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Entry, Measured, Rule
    from learnscope.experiment import Experiment
    from learnscope.trained import Trained


class Study:
    """The members of an entry's variants, trained when they are first asked for, and kept.

    Attributes:
        entry: the entry.
        stand_ins: what is to be said of images that others stood in for.
    """

    def __init__(
        self,
        entry: Entry,
        *,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> None:
        self.entry = entry
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._wanted: dict[str, int] = {}
        self._kept: dict[str, tuple[Trained, ...]] = {}
        self._lacking: dict[str, str] = {}
        self.stand_ins: set[str] = set()

    def expect(self, rows: Iterable[tuple[Measured, int]]) -> None:
        """Note what will be asked for, so that each variant is trained once with all it needs."""
        for row, seeds in rows:
            for name in self.variants(row):
                self._wanted[name] = max(seeds, self._wanted.get(name, 0))

    def variants(self, row: Measured) -> tuple[str, ...]:
        """Return the names of the variants that a row is about, one or two."""
        return tuple(self._name(v) for v in (row.variant, *([row.against] if row.against else [])))

    def lacks(self, name: str) -> str:
        """Say what a variant needs that is not here, "" where nothing lacks."""
        if name not in self._lacking:
            self._lacking[name] = lacks_files(named(self.entry.name, name))
        return self._lacking[name]

    def members(self, variant: str, seeds: int) -> tuple[Trained, ...]:
        """Return the first `seeds` members of a variant."""
        name = self._name(variant)
        if len(self._kept.get(name, ())) < seeds:
            self._kept[name] = self._train(
                named(self.entry.name, name), max(seeds, self._wanted.get(name, 0))
            )
        return self._kept[name][:seeds]

    def values(self, row: Measured, seeds: int) -> list[float]:
        """Return the numbers of the members of a row, compared with the other variant if any."""
        found = row.quantity.values(self.members(row.variant, seeds))
        if not row.against:
            return found
        other = row.quantity.values(self.members(row.against, seeds))
        if len(other) != len(found):
            raise DataError(
                f"The quantity {row.quantity.kind_name()!r} gives {len(found)} and {len(other)} "
                "numbers, which cannot be compared one by one."
            )
        pairs = zip(found, other, strict=True)
        return [a - b if row.how == "difference" else a / b for a, b in pairs]

    def _name(self, variant: str) -> str:
        return variant or self.entry.about.base

    def _train(self, experiment: Experiment, seeds: int) -> tuple[Trained, ...]:
        from learnscope.runs.train import train

        experiment = with_stand_in(experiment)
        self.stand_ins |= {text for text in [stand_in_text(experiment)] if text}
        run = train(
            experiment.override({"seeds": seeds}),
            on_progress=self._on_progress,
            should_stop=self._should_stop,
        )
        return run.trained


def summarised(values: Iterable[float], rule: Rule) -> list[float]:
    """Return the number that a rule makes of several, or all of them for "each"."""
    found = list(values)
    if rule == "each":
        return found
    rules: dict[str, Callable[[list[float]], float]] = {
        "median": median,
        "mean": fmean,
        "least": min,
        "greatest": max,
    }
    return [float(rules[rule](found))]
