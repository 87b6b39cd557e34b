"""Too few judged rows: what so many leave open."""

import math

from learnscope.measures.facts import Facts
from learnscope.measures.spread import wilson

PART_WORDS = {"train": "training", "validation": "validation", "test": "test"}

FEWEST_ROWS = 20
"""Judged rows, over all draws of the data, below which nothing good is said of a model; for many
classes five times their number, if that is more. All of 19 rows right leaves the true accuracy
between 83 and 100 %."""


def judged_rows(facts: Facts) -> int:
    """Return the number of judged rows over all draws of the data."""
    return facts.rows(facts.part) * facts.draws


def too_few(facts: Facts) -> bool:
    """Whether the judged rows are too few to say anything good of a model."""
    classes = len(facts.trained[0].member.head.outputs) if facts.metric == "accuracy" else 0
    return judged_rows(facts) < max(FEWEST_ROWS, 5 * classes)


def rows_text(n: int, part: str) -> str:
    """Return e.g. "1 test row" or "60 training rows"."""
    return f"{n} {PART_WORDS[part]} row{'s' if n != 1 else ''}"


def interval(facts: Facts) -> str:
    """Say what so many rows leave open."""
    n = judged_rows(facts)
    rows, verb = rows_text(n, facts.part), "leave" if n != 1 else "leaves"
    if facts.metric == "mse":
        # Squares of normal errors have a standard deviation of sqrt(2) times their mean.
        return f"{rows} {verb} the error uncertain by {196 * math.sqrt(2 / n):.0f} %"
    low, high = wilson((1 - facts.test_error) * n, n)
    return (
        f"{rows} {verb} the true accuracy between {100 * low:.0f} and {100 * high:.0f} % "
        "(Wilson's 95 % interval)"
    )
