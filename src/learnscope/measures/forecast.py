"""Forecasts of a series: one step ahead from what is known, and on from the network's own answers.

Teacher forcing gives the network the true past at every step; free running feeds its answers back
as the past of the next step, so that errors compound (S4.48). Both are in the units of the series,
differences taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import InputError
from learnscope.measures.scores import judged_part
from learnscope.problems.series import Series
from learnscope.problems.windows import Windows
from learnscope.trained import Trained
from learnscope.training.split import Part

MOST_ORIGINS, MOST_STEPS = 200, 50


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Forecast:
    """Forecasts from several origins; `m` origins, `h` steps.

    Attributes:
        origins: (m,) the last step whose value was known.
        values: (m, h) what was forecast for the steps behind it.
        true: (m, h) what came.
        last: (m,) the value at the origin: the forecast "it stays as it is".
    """

    origins: Ints
    values: Array
    true: Array
    last: Array

    @property
    def rmse(self) -> Array:
        """Root mean squared error (h,) by how far ahead, over the origins."""
        return np.asarray(np.sqrt(np.mean((self.values - self.true) ** 2, axis=0)))

    @property
    def rmse_of_last(self) -> Array:
        """The same (h,) for the forecast that the last known value stays."""
        return np.asarray(np.sqrt(np.mean((self.last[:, None] - self.true) ** 2, axis=0)))


def no_forecast(trained: Trained) -> str:
    """Say why a member cannot forecast a series, one sentence; "" where it can."""
    problem, model = trained.member.experiment.problem, trained.member.experiment.model
    if not isinstance(problem, Series):
        return f"a forecast needs the problem 'series', and this is {problem.kind_name()!r}."
    if model.learns == "inputs":
        return (
            "a forecast needs a model that learns what comes next, and the targets of this "
            f"{model.kind_name()} model are its own inputs."
        )
    if problem.lag != 1:
        return (
            "a forecast that runs on needs the very next step, and this series is learned "
            f"{problem.lag} steps ahead. Set problem.lag = 1."
        )
    return ""


def series_values(trained: Trained) -> Array:
    """Return the series (n,) a member learns from, differences taken; NaN where no row has it."""
    windows, sample = windows_of(trained), trained.member.sample
    values = np.full(windows.n, np.nan)
    values[windows.inputs] = sample.x
    values[windows.targets] = sample.y
    return values


def windows_of(trained: Trained) -> Windows:
    """Return how the member's series became rows; refuses what is no series."""
    problem = trained.member.experiment.problem
    if text := no_forecast(trained):
        raise InputError(text)
    assert isinstance(problem, Series)
    return problem.windows


def run_on(trained: Trained, x: Array, n_steps: int) -> Array:
    """Return (m, n_steps) values behind windows (m, w), each fed back as the past of the next.

    Every model can be run on that answers windows of a series, recurrent or not.
    """
    past, w = np.array(x, dtype=np.float64), x.shape[1]
    each = windows_of(trained).predicts == "each"
    while past.shape[1] < w + n_steps:
        answers = trained.output(past[:, -w:])
        # Where every step answers, only the last answer is news.
        past = np.concatenate((past, answers[:, -1:] if each else answers), axis=1)
    return past[:, w : w + n_steps]


def free_running(
    trained: Trained,
    *,
    part: Part | None = None,
    n_steps: int | None = None,
    rows: Sequence[int] | None = None,
) -> Forecast:
    """Forecast from windows of a part, every answer fed back.

    Args:
        trained: a member on the problem `series`.
        part: the part whose rows are origins; left out, the test.
        n_steps: how far ahead; left out, half of what the part holds, at most 50.
        rows: the origins' rows; left out, up to 200 of the part, evenly.

    Raises:
        InputError: the member cannot forecast, or no origin has so many steps behind it.
    """
    windows, values = windows_of(trained), series_values(trained)
    part = part or judged_part(trained.member)
    known = np.asarray(getattr(trained.member.rows, part) if rows is None else rows)
    origins = windows.starts[known] + windows.window - 1
    if n_steps is None:
        room = windows.n - 1 - int(origins[0]) if len(origins) else 1
        n_steps = max(1, min(MOST_STEPS, room // 2))
    ahead = origins[:, None] + np.arange(1, n_steps + 1)
    whole = ahead[:, -1] < windows.n
    whole[whole] = np.isfinite(values[ahead[whole]]).all(axis=1)
    if not whole.any():
        raise InputError(
            f"n_steps must leave an origin with so many known steps behind it, got {n_steps} for "
            f"the {len(known)} windows of the {part} part. Ask for fewer, or a longer series."
        )
    at = np.flatnonzero(whole)
    at = at[np.unique(np.linspace(0, len(at) - 1, MOST_ORIGINS).astype(int))]
    x = trained.member.sample.x[known[at]]
    return Forecast(
        origins=origins[at], values=run_on(trained, x, n_steps), true=values[ahead[at]],
        last=x[:, -1],
    )  # fmt: skip
