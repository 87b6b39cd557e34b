"""How often neighbours have the query's label, with intervals that fit the way it is counted.

The k neighbours of one query are near each other and tend to be right or wrong together: q
queries with k neighbours are fewer than q k independent cases. Queries are the units here. Their
number is raised only by what the neighbours of one query differ among themselves: Wilson's
interval is taken over the effective number p (1 - p) / var(mean), between q and q k. With k = 1
that is Wilson's interval over the queries.

Source of the effective number: E. L. Korn and B. I. Graubard, "Confidence intervals for
proportions with small expected number of positive counts estimated from survey data", Survey
Methodology 24, 1998, pp. 193-201.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError
from learnscope.measures.spread import wilson
from learnscope.search.index import Index
from learnscope.search.neighbours import Found, search_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A share of neighbours that agree.

    Attributes:
        name: whose it is.
        n: queries that were answered.
        share: mean over these queries, in [0, 1].
        low: lower end of the 95 % interval.
        high: upper end.
    """

    name: str
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How far neighbours share the label of their query.

    Attributes:
        space: what was compared.
        metric: how.
        k: neighbours of each query.
        overall: over all queries.
        classes: the same by class of the query, classes without a query left out.
        chance: the share if neighbours were drawn at random from the other examples.
        unanswered: queries that have no neighbours, such as codes of zeros under cosine; they
            are left out of the shares.
        duplicates: queries with an identical code among their neighbours.
    """

    space: str
    metric: str
    k: int
    overall: Share
    classes: tuple[Share, ...]
    chance: float
    unanswered: int
    duplicates: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """How much more one index agrees than another on the same queries.

    Attributes:
        n: queries that both answered.
        mean: mean over queries of the difference of their shares.
        low: lower end of the 95 % interval, paired by query.
        high: upper end.
    """

    n: int
    mean: float
    low: float
    high: float


def pick_queries(index: Index, most: int = 1000, seed: int = 0) -> Ints:
    """Return places to ask from: all, or `most` of them drawn without replacement, in order."""
    n = len(index)
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).permutation(n)[:most])


def agreement(index: Index, k: int = 5, positions: Array | None = None) -> Agreement:
    """Return how often the k nearest others have the label of their query.

    Args:
        index: codes with labels.
        k: neighbours of each query.
        positions: (q,) places to ask from; left out, `pick_queries(index)`.

    Raises:
        InputError: the index has no labels, or k or a place is out of range.
        DataError: no query has neighbours.
    """
    labels = _labels(index)
    own = pick_queries(index) if positions is None else np.asarray(positions)
    found = search_rows(index, own, k)
    rates = query_rates(labels, found, labels[own])
    if not found.answered.any():
        raise DataError(
            f"None of the {len(own)} queries has {k} neighbours by {index.metric} of the "
            f"{index.space}: {index.n_undefined} of {len(index)} codes are zeros. Use "
            "metric = 'euclidean'."
        )
    classes = np.unique(labels[own[found.answered]])
    counts = np.bincount(labels)
    return Agreement(
        space=index.space,
        metric=index.metric,
        k=k,
        overall=share_of(rates, k, "all"),
        classes=tuple(share_of(rates[labels[own] == c], k, _name(index, int(c))) for c in classes),
        chance=float(np.mean((counts[labels[own[found.answered]]] - 1) / (len(index) - 1))),
        unanswered=int(np.count_nonzero(~found.answered)),
        duplicates=int(np.count_nonzero(found.same.any(axis=1))),
    )


def compare_agreement(
    first: Index, second: Index, k: int = 5, positions: Array | None = None
) -> Difference:
    """Return how much more the first index agrees than the second, on the same queries.

    The interval is mean +- 1.96 standard errors of the paired differences: the same query is
    easy or hard for both, which the pairing takes out.

    Raises:
        InputError: the two do not hold the same examples.
    """
    if not np.array_equal(first.numbers, second.numbers):
        raise InputError("compare_agreement needs two indexes of the same examples.")
    own = pick_queries(first) if positions is None else np.asarray(positions)
    a, b = (
        query_rates(_labels(i), search_rows(i, own, k), _labels(i)[own]) for i in (first, second)
    )
    gap = (a - b)[np.isfinite(a) & np.isfinite(b)]
    n = len(gap)
    mean = float(gap.mean()) if n else math.nan
    error = float(gap.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    reach = NormalDist().inv_cdf(0.975) * error
    return Difference(n=n, mean=mean, low=mean - reach, high=mean + reach)


def query_rates(labels: Ints, found: Found, wanted: Array) -> Array:
    """Return the share of each query's neighbours with the wanted label, (q,) in [0, 1].

    NaN for queries that do not have all their neighbours.

    Args:
        labels: (n,) labels of the examples of the index.
        found: neighbours of q queries.
        wanted: (q,) labels.
    """
    rates = (labels[found.positions] == np.asarray(wanted)[:, None]).mean(axis=1)
    return np.where(found.answered, rates, math.nan)


def share_of(rates: Array, k: int, name: str) -> Share:
    """Return the mean of the shares of queries (q,) with its 95 % interval; NaN where q is 0.

    Args:
        rates: a share for each query; NaN is left out.
        k: cases behind each share.
        name: whose it is.
    """
    kept = rates[np.isfinite(rates)]
    n = len(kept)
    if not n:
        return Share(name=name, n=0, share=math.nan, low=math.nan, high=math.nan)
    p, variance = float(kept.mean()), float(kept.var()) / n
    # Where all shares are equal they say nothing about how alike the neighbours of one query are.
    cases = p * (1 - p) / variance if variance > 0 else n
    cases = round(min(max(cases, n), n * k))
    low, high = wilson(p * cases, cases)
    # At 0 and 1 rounding may leave the end a hair inside.
    return Share(name=name, n=n, share=p, low=min(low, p), high=max(high, p))


def _labels(index: Index) -> Ints:
    if index.labels is None:
        raise InputError("Agreement is about classes, and these examples have no labels.")
    return index.labels


def _name(index: Index, c: int) -> str:
    return index.classes[c] if c < len(index.classes) else str(c)
