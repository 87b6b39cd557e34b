"""The figures of one table: who took how long for what, who is fastest, who was left out."""

import statistics
import sys
from collections.abc import Callable, Sequence

from benchmarks.comparison import Different, Pair, compare
from benchmarks.rivals import Rival
from benchmarks.tables import digits, row
from benchmarks.work import Work


class Standings:
    """Measured pairs by the rival's label and the work."""

    def __init__(self) -> None:
        self.pairs: dict[tuple[str, Work], Pair] = {}
        self.reasons: list[str] = []

    def may_run(self, rival: Rival) -> bool:
        """Return whether a rival can run here; if not, note why."""
        if reason := rival.obstacle():
            self.reasons.append(f"{rival.name} is left out: {reason}.")
            return False
        return True

    def line(
        self,
        rival: Rival,
        stack: int,
        works: Sequence[Work],
        figure: Callable[[Pair, Work], str],
    ) -> None:
        """Measure a rival at all works and print its row."""
        cells = [self._cell(rival, stack, work, figure) for work in works]
        row((rival.name, str(stack), *cells))

    def _cell(
        self, rival: Rival, stack: int, work: Work, figure: Callable[[Pair, Work], str]
    ) -> str:
        label = f"{rival.name}, {stack}" if len(rival.sizes(work)) > 1 else rival.name
        if reason := rival.too_long(work):
            self.reasons.append(f"{rival.name} with {work.activation} is left out: {reason}.")
            return "–"
        print(f"... {label} at {work.name}", file=sys.stderr, flush=True)
        try:
            pair = compare(rival, work, stack)
        except Different as error:
            # A time of something else than the work would mean nothing.
            self.reasons.append(f"{label} at {work.name}, {work.activation}: {error}.")
            return "differs"
        self.pairs[label, work] = pair
        return f"{figure(pair, work)} ({digits(pair.ratio)}x)"

    def tell_reasons(self) -> None:
        """Print who was left out, and why."""
        print()
        for reason in dict.fromkeys(self.reasons):
            print(reason)

    def of(self, label: str, work: Work) -> Pair:
        """Return one pair."""
        return self.pairs[label, work]

    def ours(self, work: Work) -> float:
        """Return our own seconds of an update: the median over all pairs of this work."""
        return statistics.median(pair.ours for (_, w), pair in self.pairs.items() if w == work)

    def fastest(self, work: Work) -> tuple[str, Pair]:
        """Return the rival with the smallest ratio, with its stack."""
        mine = {label: pair for (label, w), pair in self.pairs.items() if w == work}
        label = min(mine, key=lambda name: mine[name].ratio)
        return label, mine[label]
