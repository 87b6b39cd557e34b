"""Search: the nearest examples of an example, by pixels or by what a network makes of them."""

from learnscope.search.agreement import (
    Agreement,
    Difference,
    agreement,
    compare_agreement,
    pick_queries,
)
from learnscope.search.index import Index, build_index, first_of_each
from learnscope.search.metrics import METRICS
from learnscope.search.neighbours import Found, position_of, search, search_rows
from learnscope.search.shifts import ShiftCurve, shift_curve, shifted
from learnscope.search.spaces import Space, index_of, space_of

__all__ = [
    "METRICS",
    "Agreement",
    "Difference",
    "Found",
    "Index",
    "ShiftCurve",
    "Space",
    "agreement",
    "build_index",
    "compare_agreement",
    "first_of_each",
    "index_of",
    "pick_queries",
    "position_of",
    "search",
    "search_rows",
    "shift_curve",
    "shifted",
    "space_of",
]
