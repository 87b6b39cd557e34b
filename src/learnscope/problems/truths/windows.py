"""What is known of windows of a noisy series whose noiseless values are known.

All rows are equally likely before. Given a row, its inputs and targets are normally distributed,
with the covariance that differences of independent noise have; the posterior over the rows and
the conditional mean in each (a textbook formula of normal distributions, as in C. Bishop, "Pattern
Recognition and Machine Learning", 2006, section 2.3.1) give the best answer. Where every input has
a target of its own, the answer knows that input and those before it, not what comes behind.
"""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.problems.base import Truth
from learnscope.problems.windows import Windows
from learnscope.special import softmax

NEAR = 1e-6
"""Without noise rows count as alike within this share of the spread of the series."""

BLOCK = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Rows:
    """Noiseless windows in coordinates in which their noise is independent, with sd 1.

    The coordinates of the first j inputs are the first j coordinates.

    Attributes:
        centre: number subtracted from all values, so that few digits are lost.
        inputs: (r, w) of each row.
        whiten: (w, w) inverse of the Cholesky factor of the covariance of the noise.
        gain: (k, w) what each coordinate says of noise in the targets.
        rest: (r, k) targets less what the gain makes of the inputs.
        left: (k,) variance of a target that its inputs leave, the row being known.
        known: (k,) how many inputs an answer knows.
    """

    centre: float
    inputs: Array
    whiten: Array
    gain: Array
    rest: Array
    left: Array
    known: Ints


def window_truth(mean: Array, windows: Windows, noise: float, differences: int) -> Truth:
    """Return what is known of the windows of a series with the noiseless values (n,).

    Args:
        mean: noiseless values, differences taken.
        windows: how they become rows.
        noise: standard deviation on every step, before differences are taken.
        differences: how many were taken.
    """
    return Truth(
        target=lambda x: _target(_rows(mean, windows, noise, differences), np.asarray(x)),
        floor=lambda: _floor(_rows(mean, windows, noise, differences)),
        how="averaged over fixed draws, within 2 %" if noise else "closed form, within rounding",
    )


def _rows(mean: Array, windows: Windows, noise: float, differences: int) -> _Rows:
    centre, w = float(mean.mean()), windows.window
    x, y = mean[windows.inputs] - centre, mean[windows.targets] - centre
    covariance, at = _covariance(mean, windows, noise, differences), windows.targets[0]
    whiten = np.linalg.inv(np.linalg.cholesky(covariance[:w, :w]))
    known = np.arange(1, w + 1) if windows.predicts == "each" else np.full(len(at), w)
    heard = np.arange(w) < known[:, None]
    gain = (covariance[at, :w] * heard) @ whiten.T * heard
    return _Rows(
        centre=centre,
        inputs=x,
        whiten=whiten,
        gain=gain,
        rest=y - x @ whiten.T @ gain.T,
        left=np.maximum(np.diag(covariance)[at] - (gain**2).sum(axis=1), 0.0) * (noise > 0),
        known=known,
    )


def _covariance(mean: Array, windows: Windows, noise: float, differences: int) -> Array:
    """Return the covariance (span, span) of the noise on the steps of a row."""
    if not noise:
        return (NEAR * (float(np.ptp(mean)) or 1.0)) ** 2 * np.eye(windows.span)
    # Row i of D takes the difference that gives value i from the steps i, i + 1, ...
    d = np.diff(np.eye(windows.span + differences), differences, axis=0)
    return np.asarray(noise**2 * (d @ d.T))


def _target(rows: _Rows, x: Array) -> Array:
    """Return the mean of the targets (m, k) given inputs (m, w)."""
    white = (x - rows.centre) @ rows.whiten.T
    return np.asarray(rows.centre + white @ rows.gain.T + _posterior(rows, white)[0])


def _posterior(rows: _Rows, white: Array) -> tuple[Array, Array]:
    """Return mean and variance (m, k) of `rest` over the rows that may have given inputs.

    Args:
        rows: the rows.
        white: (m, w) coordinates of the inputs.
    """
    n_blocks = max(1, len(white) * len(rows.inputs) // BLOCK)
    blocks = [_posterior_of(rows, block) for block in np.array_split(white, n_blocks)]
    means, variances = zip(*blocks, strict=True)
    return np.concatenate(means), np.concatenate(variances)


def _posterior_of(rows: _Rows, white: Array) -> tuple[Array, Array]:
    mean, variance = np.empty((2, len(white), len(rows.known)))
    of_rows = rows.inputs @ rows.whiten.T
    # Squares of the inputs themselves are the same for all rows.
    squares, logits, before = of_rows**2, np.zeros((len(white), len(of_rows))), 0
    weight = logits
    for j, (known, rest) in enumerate(zip(rows.known.tolist(), rows.rest.T, strict=True)):
        if known > before:
            new = slice(before, known)
            logits += white[:, new] @ of_rows[:, new].T - 0.5 * squares[:, new].sum(axis=1)
            weight, before = softmax(logits), known
        mean[:, j] = weight @ rest
        variance[:, j] = (weight * (rest[None, :] - mean[:, [j]]) ** 2).sum(axis=1)
    return mean, variance


def _floor(rows: _Rows) -> float:
    """Return the mean variance of the targets that inputs of all rows leave."""
    r, w = rows.inputs.shape
    draws = int(np.clip(40_000_000 // (r * len(rows.known)), 200, 4000))
    of = (np.arange(draws) * r) // draws
    # Draws of its own, so that the floor is one number.
    noise = np.random.RandomState(0).normal(size=(draws, w))
    variance = _posterior(rows, rows.inputs[of] @ rows.whiten.T + noise)[1]
    return float((rows.left + variance).mean())
