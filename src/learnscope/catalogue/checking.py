"""Comparing an entry with its expected outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnscope.catalogue.study import Study, summarised

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Check, Entry, Expected, Rule
    from learnscope.catalogue.sweep_outcomes import SweepOutcome
    from learnscope.training.result import OnProgress, ShouldStop


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came out of one check.

    Attributes:
        entry: name of the entry.
        source: the number in the source documents.
        what: what was measured.
        variant: of which settings, "" for those of the file.
        expected: the range in words.
        rule: which number of the members is held against it.
        values: the numbers, one for each member, or one for all of them together.
        members: how many were trained.
        passed: whether the range holds; None where the row is left out.
        note: why the range is what it is.
        left_out: why the row is left out, "" where it is not.
    """

    entry: str
    source: str
    what: str
    variant: str
    expected: str
    rule: Rule
    values: tuple[float, ...]
    members: int
    passed: bool | None
    note: str
    left_out: str = ""

    def got(self) -> str:
        """Say the number of the rule (of "each" the median) and the range: "0.883 (0.61 to 1)"."""
        rule: Rule = "median" if self.rule == "each" else self.rule
        return "" if not self.values else spread(self.values, rule)


def check_entry(
    entry: Entry,
    *,
    fast: bool = False,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Iterator[Outcome]:
    """Train what the checks of an entry need and yield their outcomes in the order of the file.

    A row about images whose files are not here is left out: other images have other figures.

    Args:
        entry: the entry.
        fast: with as many members as the file states for that; the ranges stay the same.
        on_progress: hears how far each training is.
        should_stop: asked often; true ends the work with `Interrupted`.
    """
    study = Study(entry, on_progress=on_progress, should_stop=should_stop)
    reasons = [_left_out(study, row, fast) for row in entry.check]
    kept = [row for row, reason in zip(entry.check, reasons, strict=True) if not reason]
    study.expect((row, row.count(fast)) for row in kept)
    for row, reason in zip(entry.check, reasons, strict=True):
        count = 0 if reason else row.count(fast)
        values = study.values(row, count) if count else []
        yield _outcome(entry, row, values, count, reason)
    if not fast:
        yield from _of_sweeps(entry, on_progress, should_stop)


def _of_sweeps(
    entry: Entry, on_progress: OnProgress | None, should_stop: ShouldStop | None
) -> Iterator[Outcome]:
    """Train the sweeps of an entry that say what is expected, and yield their outcomes."""
    from tempfile import TemporaryDirectory

    from learnscope.catalogue.named_sweeps import named_sweep
    from learnscope.catalogue.sweep_outcomes import sweep_outcomes
    from learnscope.stand_in import lacks_files
    from learnscope.sweeps.drive import sweep

    for name, said in entry.sweep.items():
        if not said.expect:
            continue
        wanted = named_sweep(entry.name, name)
        if lacking := lacks_files(wanted.experiment):
            yield from (_of_sweep(entry, name, row, left_out=lacking) for row in said.expect)
            continue
        with TemporaryDirectory() as room:
            done = sweep(wanted, out=room, on_progress=on_progress, should_stop=should_stop)
            found = sweep_outcomes(done.atlas, said.expect)
        for expected, row in zip(said.expect, found, strict=True):
            yield _of_sweep(entry, name, expected, row)


def _of_sweep(
    entry: Entry,
    name: str,
    expected: Expected,
    found: SweepOutcome | None = None,
    left_out: str = "",
) -> Outcome:
    from learnscope.catalogue.entry import in_words

    mean = None if found is None else found.mean
    return Outcome(
        entry=entry.name,
        source=expected.source,
        what=expected.what,
        variant=f"sweep {name}",
        expected=in_words(expected.low, expected.high),
        rule="mean",
        values=() if mean is None else (mean,),
        members=0 if found is None else found.members,
        passed=None if left_out else bool(found and found.passed),
        note="",
        left_out=left_out,
    )


def _left_out(study: Study, row: Check, fast: bool) -> str:
    if not row.count(fast):
        return "not in a fast check"
    return next((text for v in study.variants(row) if (text := study.lacks(v))), "")


def _outcome(
    entry: Entry, row: Check, values: Sequence[float], count: int, left_out: str
) -> Outcome:
    return Outcome(
        entry=entry.name,
        source=row.source,
        what=row.what,
        variant=(
            f"{row.variant or entry.about.base} against {row.against}"
            if row.against
            else row.variant
        ),
        expected=row.expected(),
        rule=row.rule,
        values=tuple(values),
        members=count,
        passed=None if left_out else _holds(row, values),
        note=row.note,
        left_out=left_out,
    )


def _holds(row: Check, values: Sequence[float]) -> bool:
    held = [within(v, row.low, row.high) for v in summarised(values, row.rule)]
    return sum(held) >= row.share * len(held)


def within(value: float, low: float | None, high: float | None) -> bool:
    """Whether a number is in the range; one that is not a number never is."""
    return (low is None or value >= low) and (high is None or value <= high) and value == value


def spread(values: Sequence[float], rule: Rule = "median") -> str:
    """Return the number that a rule makes of several and, where they differ, their range."""
    one = summarised(values, rule)[0]
    middle, low, high = (number(v) for v in (one, min(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"


def number(value: float) -> str:
    """Return a number with four significant digits, at most."""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
