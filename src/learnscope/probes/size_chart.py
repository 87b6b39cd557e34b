"""The picture of errors over a size: measured, fitted, and forecast beyond."""

from __future__ import annotations

import numpy as np

from learnscope.measures.size_curve import TIMES, SizeCurve
from learnscope.probes.base import Chart, Line


def size_chart(curve: SizeCurve) -> Chart:
    """Return fresh and training error with their ranges, and the law up to its last forecast."""
    lines = [_measured("fresh examples", curve, curve.test),
             _measured("training rows", curve, curve.train)]  # fmt: skip
    if curve.law is not None:
        x = np.geomspace(float(curve.sizes[0]), TIMES[-1] * float(curve.sizes[-1]), 60)
        found = [curve.law.forecast(float(n)) for n in x]
        known = len(curve.law.draws) > 0
        lines.append(
            Line(
                label="power law, and forecast",
                x=x,
                y=np.array([f.value for f in found]),
                low=np.array([f.low for f in found]) if known else None,
                high=np.array([f.high for f in found]) if known else None,
            )
        )
    if curve.floor is not None:
        ends = np.array([curve.sizes[0], curve.sizes[-1]], dtype=np.float64)
        lines.append(Line(label="noise floor", x=ends, y=np.full(2, curve.floor)))
    return Chart(
        title=f"Error over {curve.over}, {len(curve.test)} members",
        xlabel=curve.over,
        ylabel="share of wrong labels" if curve.metric == "accuracy" else "mean squared error",
        lines=tuple(lines),
        log=True,
    )


def _measured(label: str, curve: SizeCurve, errors: np.ndarray) -> Line:
    whole = errors[:, np.isfinite(errors).any(axis=0)]
    x = curve.sizes[np.isfinite(errors).any(axis=0)]
    many = len(errors) > 1
    return Line(
        label=label,
        x=x,
        y=np.nanmean(whole, axis=0),
        low=np.nanmin(whole, axis=0) if many else None,
        high=np.nanmax(whole, axis=0) if many else None,
    )
