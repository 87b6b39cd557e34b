"""Figures over members in a few words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from learnscope.measures.percent import share_text

MAIN = ("test_accuracy", "test_r2", "test_rmse", "test_mse", "test_loss", "train_loss")
"""The figure that lists show: the first of these that the run has."""


def spread_text(values: Sequence[float | None], n: int | None = None) -> str:
    """Return "0.87 [0.51, 0.93]": median, least and most of the numbers, "-" for none.

    Members that diverged have no number (None or NaN) and do not count.

    Args:
        values: a number for each member.
        n: where they are shares of that many rows; else None.
    """
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return "-"
    if len(known) == 1:
        return number(known[0], n)
    middle = median(known)
    low, high = (number(v, n, middle) for v in (min(known), max(known)))
    return f"{number(middle, n)} [{low}, {high}]"


def number(value: float, n: int | None = None, like: float | None = None) -> str:
    """Return four digits that matter; of a share of n rows only those that n rows carry.

    `like` is the share whose digits are taken, its own where left out.
    """
    return f"{value:.4g}" if n is None else share_text(value, n, like)


def rows_of(name: str, meta: Mapping[str, Any]) -> int | None:
    """Return how many rows a figure such as "test_accuracy" is a share of, None for no share.

    Balanced accuracy has a part for each class, and notes of old runs say no rows.
    """
    part, _, score = name.partition("_")
    rows = meta.get("rows")
    n = rows.get(part) if isinstance(rows, Mapping) and score == "accuracy" else None
    return n if isinstance(n, int) and n > 0 else None


def of_living(meta: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """Return name -> the numbers of the members that neither died nor diverged.

    Where none lives, those of all members; {} for notes without figures.
    """
    metrics, alive = meta.get("metrics"), meta.get("alive")
    if not isinstance(metrics, Mapping):
        return {}
    if not isinstance(alive, list) or not any(alive):
        return {name: list(values) for name, values in metrics.items()}
    return {
        name: [v for v, is_alive in zip(values, alive, strict=False) if is_alive]
        for name, values in metrics.items()
    }


def main_metric(meta: Mapping[str, Any]) -> str:
    """Return "test_accuracy 0.87" for the notes of a run, "" where there are no figures."""
    metrics = of_living(meta)
    for name in MAIN:
        known = [v for v in metrics.get(name, ()) if isinstance(v, float | int)]
        if known:
            return f"{name} {number(median(known), rows_of(name, meta))}"
    return ""
