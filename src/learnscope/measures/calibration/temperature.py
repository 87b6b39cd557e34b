"""Temperature scaling: one number that makes beliefs honest, and leaves every label as it is.

Scores are divided by T before the softmax; T > 1 makes beliefs more cautious. Source: C. Guo et
al., "On calibration of modern neural networks", ICML 2017. T is fitted on rows that neither train
nor test: on training rows the network is surer than it may be, and on the test rows T would
know the test.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, InputError
from learnscope.measures.calibration.brier import brier_score
from learnscope.measures.calibration.ece import CalibrationError, calibration_error
from learnscope.measures.scores import judged_part
from learnscope.special import log_softmax, softmax
from learnscope.trained import Trained
from learnscope.training.split import Part

LIMITS = (0.01, 100.0)
"""Temperatures that are tried."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Calibrated:
    """Beliefs before and after.

    Attributes:
        part: rows that were judged.
        temperature: fitted on the validation rows; None where there are none to fit it on.
        before: calibration error of the belief in the answered class.
        after: the same with the temperature, None without one.
        log_loss: mean -ln of the belief in the true class, before and after.
        brier: Brier's score over all classes, before and after.
    """

    part: Part
    temperature: float | None
    before: CalibrationError
    after: CalibrationError | None
    log_loss: tuple[float, float]
    brier: tuple[float, float]

    def sentences(self) -> tuple[str, ...]:
        """Say how honest the beliefs are, and what the temperature changes."""
        first = self.before.sentence()
        if self.temperature is None or self.after is None:
            return (
                first,
                "A temperature is fitted on validation rows, and this run has none: train with "
                "--training.split.validation 0.15.",
            )
        return (
            first,
            f"With the temperature {self.temperature:.3g}, fitted on the validation rows: ECE "
            f"{self.before.ece:.3f} -> {self.after.ece:.3f} (chance {self.after.chance:.3f}), log "
            f"loss {self.log_loss[0]:.4g} -> {self.log_loss[1]:.4g}, Brier score "
            f"{self.brier[0]:.4g} -> {self.brier[1]:.4g}; no label changes.",
        )


def log_loss(scores: Array, truth: Ints, temperature: float = 1.0) -> float:
    """Return the mean of -ln of the belief in the true class, for scores (n, c), classes (n,)."""
    logs = log_softmax(np.asarray(scores, dtype=np.float64) / temperature)
    return float(-logs[np.arange(len(truth)), truth].mean())


def fit_temperature(scores: Array, truth: Ints) -> float:
    """Return the temperature with the least log loss, within 0.01 to 100.

    The log loss is convex in 1 / T, so that it has one minimum; at an end of the range where all
    labels are right (0.01) or scores say nothing (100).

    Args:
        scores: (n, c) before the softmax.
        truth: (n,) classes.
    """
    scores, truth = np.asarray(scores, dtype=np.float64), np.asarray(truth)
    if scores.ndim != 2 or truth.shape != scores.shape[:1] or not truth.size:
        raise DataError(
            f"fit_temperature needs scores (n, c) and truth (n,), got {scores.shape} and "
            f"{truth.shape}."
        )
    low, high = np.log(1 / LIMITS[1]), np.log(1 / LIMITS[0])
    best = _least(lambda b: log_loss(scores, truth, float(np.exp(-b))), float(low), float(high))
    return float(np.exp(-best))


def _least(f: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function with one minimum is least, by golden sections."""
    ratio = (np.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = f(a), f(b)
    for _ in range(60):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = f(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = f(b)
    return (low + high) / 2


def class_scores(trained: Trained, part: Part) -> Array:
    """Return scores (n, c) before the softmax, whose softmax are the beliefs of the member."""
    head, output = trained.member.head, np.asarray(trained.part_output(part), dtype=np.float64)
    if head.task != "classification" or head.family == "value":
        raise InputError(
            "calibration needs beliefs, and this run predicts numbers or learned its classes as "
            "numbers. Use --training.loss cross_entropy, or bce_logits for two classes."
        )
    if head.family == "class":
        return output
    z = output[:, 0]
    if not head.logits:
        p = np.clip(z, 1e-12, 1 - 1e-12)
        z = np.log(p) - np.log1p(-p)
    return np.stack((np.zeros_like(z), z), axis=1)


def calibrate(trained: Trained, *, bins: int = 15, draws: int = 1000, seed: int = 0) -> Calibrated:
    """Judge the beliefs of a member, and those with a temperature fitted on validation rows.

    Raises:
        InputError: the member has no beliefs.
    """
    member, part = trained.member, judged_part(trained.member)
    fitted = "validation" in member.parts and part != "validation"
    scores, truth = class_scores(trained, part), member.sample.y[getattr(member.rows, part)]
    t = None
    if fitted:
        known = member.sample.y[member.rows.validation]
        t = fit_temperature(class_scores(trained, "validation"), known)
    temperatures = (1.0, t or 1.0)
    errors = [_error(scores / v, truth, bins, draws, seed) for v in temperatures]
    a, b = (log_loss(scores, truth, v) for v in temperatures)
    c, d = (brier_score(softmax(scores / v), truth) for v in temperatures)
    return Calibrated(
        part=part,
        temperature=t,
        before=errors[0],
        after=None if t is None else errors[1],
        log_loss=(a, b),
        brier=(c, d),
    )


def _error(scores: Array, truth: Ints, bins: int, draws: int, seed: int) -> CalibrationError:
    shares = np.asarray(softmax(scores))
    labels = shares.argmax(axis=1)
    belief = np.minimum(shares[np.arange(len(labels)), labels], 1.0)
    return calibration_error(belief, labels == truth, bins=bins, draws=draws, seed=seed)
