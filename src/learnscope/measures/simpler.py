"""Whether a trivial baseline does as well as the model, on the same rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.spread import wilson


@dataclass(frozen=True, kw_only=True, slots=True)
class Simpler:
    """The best baseline that the model does not beat.

    Attributes:
        name: of the baseline, plain words.
        score: its median score over the draws of the data.
        own: median score of the members alive, on the same draws.
        lead: error of the model minus that of the baseline, median of the pairs, in the unit of
            `Facts`; negative where the model is ahead.
        noise: standard error of one score, from the number of its rows, over the root of the
            number of draws. Scores of one draw share their rows, so that it is an upper bound.
    """

    name: str
    score: float
    own: float
    lead: float
    noise: float

    @property
    def better(self) -> bool:
        """Whether the baseline is better by more than the noise."""
        return self.lead > self.noise


def simpler(
    baselines: Sequence[tuple[str, Sequence[float]]],
    own: Sequence[float],
    alive: Sequence[bool],
    rows: int,
    *,
    unit: float,
    is_class: bool,
) -> Simpler | None:
    """Return the best baseline that is better than the model or as good within the noise.

    Args:
        baselines: name and score for each of the first members, simplest baseline first.
        own: score of each member.
        alive: which members count.
        rows: number of judged rows.
        unit: what a mean squared error is divided by; of no concern for accuracies.
        is_class: whether scores are accuracies.
    """
    found: list[Simpler] = []
    for name, scores in baselines:
        pairs = [
            (a, b)
            for a, b, ok in zip(own, scores, alive, strict=False)
            if ok and math.isfinite(a) and math.isfinite(b)
        ]
        if pairs:
            item = _compare(name, np.array(pairs), rows, unit, is_class)
            if item.lead >= -item.noise:
                found.append(item)
    sign = -1 if is_class else 1
    return min(found, key=lambda item: sign * item.score, default=None)


def _compare(name: str, pairs: Array, rows: int, unit: float, is_class: bool) -> Simpler:
    own, score = (float(np.median(column)) for column in pairs.T)
    # Equal scores of the baseline come of one draw, which the members share.
    draws = len(set(pairs[:, 1].tolist()))
    if is_class:
        lead = float(np.median(pairs[:, 1] - pairs[:, 0]))
        low, high = wilson(min(rows, round(max(own, score) * rows)), rows, level=0.6827)
        noise = (high - low) / 2
    else:
        lead = float(np.median(pairs[:, 0] - pairs[:, 1])) / unit
        # Squares of normal errors have a standard deviation of sqrt(2) times their mean.
        noise = min(own, score) / unit * math.sqrt(2 / rows)
    return Simpler(name=name, score=score, own=own, lead=lead, noise=noise / math.sqrt(draws))
