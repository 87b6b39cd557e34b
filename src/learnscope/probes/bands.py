"""A predictive band over one input, with the data and the target where it is known."""

from collections.abc import Callable

import numpy as np

from learnscope.arrays import Array
from learnscope.probes.base import Chart, Line
from learnscope.trained import Trained
from learnscope.views.curve_axes import extended_axis

WIDTH = 1.96
"""Standard deviations to each side: 95 % of a normal distribution."""


def band_chart(
    t: Trained, band: Callable[[Array], tuple[Array, Array]], title: str
) -> Chart | None:
    """Return the chart of mean and 95 % band, None where there is not one input and target.

    Args:
        t: the member whose rows are drawn.
        band: maps raw inputs (m, 1) to mean and standard deviation (m, 1).
        title: of the chart.
    """
    sample = t.member.sample
    if len(sample.columns) != 1 or sample.task != "regression" or sample.y.shape[1] != 1:
        return None
    x = extended_axis(sample.x[:, 0], 301)
    mean, sd = (np.asarray(v, dtype=np.float64)[:, 0] for v in band(x[:, None]))
    rows = t.member.rows.train
    lines = [
        Line(
            label="mean and 95 % band", x=x, y=mean, low=mean - WIDTH * sd, high=mean + WIDTH * sd
        ),
        Line(label="training rows", x=sample.x[rows, 0], y=sample.y[rows, 0], points=True),
    ]
    if sample.truth is not None:
        lines.append(Line(label="target", x=x, y=sample.truth.target(x[:, None])[:, 0]))
    return Chart(
        title=title, xlabel=sample.columns[0], ylabel=sample.outputs[0], lines=tuple(lines)
    )
