"""What a diagnosis came to, and the totals over many."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.tables import head, row


@dataclass(frozen=True)
class Seen:
    """One faulty program under the doctor.

    Attributes:
        name: of the case.
        truth: accepted slugs, the fault itself first.
        slugs: slugs of the findings in their order.
        error: what the doctor raised, empty where nothing.
        cured: whether the first finding's repair works; None where it has none.
        seconds: of the diagnosis.
    """

    name: str
    truth: tuple[str, ...]
    slugs: tuple[str, ...]
    error: str
    cured: bool | None
    seconds: float

    @property
    def rank(self) -> int | None:
        """Rank of the first accepted slug, from 1; None where it is not among the findings."""
        return rank_of(self.truth, self.slugs)


def rank_of(truth: Sequence[str], slugs: Sequence[str]) -> int | None:
    """Return the place, from 1, of the first finding that names an accepted slug."""
    return next((i for i, slug in enumerate(slugs, 1) if slug in truth), None)


def alarmed(diagnosis: Any) -> str:
    """Return the slugs of findings on a sound program that are no notes; "" if there are none."""
    loud = [f.slug for f in diagnosis.findings if f.severity != "note"]
    if not loud and diagnosis.verdict == "faulty":
        return "verdict faulty"
    return ", ".join(loud)


def print_seen(all_seen: Iterable[Seen], *, rows: bool) -> None:
    """Print a row each, where asked, and the totals."""
    if rows:
        head("program", "fault", "first finding", "rank of the truth", "cured", "seconds")
    kept = []
    for s in all_seen:
        kept.append(s)
        if rows:
            first = s.error or (s.slugs[0] if s.slugs else "nothing")
            cured = {True: "yes", False: "no", None: "-"}[s.cured]
            row([s.name, s.truth[0], first, str(s.rank or "-"), cured, f"{s.seconds:.1f}"])
    if kept:
        n = len(kept)
        print(f"\nfaulty programs: {n}")
        print(f"first finding right: {_share(sum(s.rank == 1 for s in kept), n)}")
        print(f"truth in the first three: {_share(sum((s.rank or 9) <= 3 for s in kept), n)}")
        print(f"first finding's change cures: {_share(sum(bool(s.cured) for s in kept), n)}")
        print(f"seconds of a diagnosis, median: {statistics.median(s.seconds for s in kept):.1f}")


def print_alarms(title: str, alarms: Sequence[tuple[str, str]], total: int, *, rows: bool) -> None:
    """Print false alarms on sound programs."""
    print(f"false alarms on {title}: {len(alarms)} of {total}")
    for name, alarm in alarms if rows else ():
        print(f"  {name}: {alarm}")


def _share(count: int, total: int) -> str:
    return f"{count} of {total} ({count / total:.2f})"
