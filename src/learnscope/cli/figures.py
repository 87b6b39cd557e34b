"""Figures over members in a few words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

MAIN = ("test_accuracy", "test_r2", "test_rmse", "test_mse", "test_loss", "train_loss")
"""The figure that lists show: the first of these that the run has."""


def spread_text(values: Sequence[float | None]) -> str:
    """Return "0.87 [0.51, 0.93]": median, least and most of the numbers, "-" for none.

    Members that diverged have no number (None or NaN) and do not count.
    """
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return "-"
    if len(known) == 1:
        return number(known[0])
    return f"{number(median(known))} [{number(min(known))}, {number(max(known))}]"


def number(value: float) -> str:
    """Return four digits that matter."""
    return f"{value:.4g}"


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
            return f"{name} {number(median(known))}"
    return ""
