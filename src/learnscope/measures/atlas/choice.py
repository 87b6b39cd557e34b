"""The best of many settings, what choosing it is worth, and the smallest that is as good."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from learnscope.arrays import Array
from learnscope.measures.atlas.groups import Groups
from learnscope.measures.atlas.limits import LEVEL, alike
from learnscope.measures.atlas.result import Choice
from learnscope.measures.comparison.difference import Difference
from learnscope.measures.comparison.over_seeds import compare_seeds
from learnscope.measures.spread import sample_sd


def choose(groups: Groups) -> tuple[Choice, ...]:
    """Return, for each setting of the problem, the best point and the smallest that is as good.

    Points of which half the members were lost are no candidates. The smallest passes two rules:
    its mean error is within one standard error of the best one's (L. Breiman et al.,
    "Classification and Regression Trees", 1984, section 3.4.3), and Student's t of the paired
    differences does not reject at 95 %. The second alone passes anything that varies enough, the
    first alone forgets that both were judged on the same rows.
    """
    found = [_choose(groups, np.array(p)) for p in alike(groups.settings, (), "problem").values()]
    return tuple(choice for choice in found if choice is not None)


def most_to_gain(groups: Groups, choices: Sequence[Choice]) -> Choice | None:
    """Return the choice whose best point is farthest above its floor, None of none."""
    place = {int(number): i for i, number in enumerate(groups.points)}

    def excess(choice: Choice) -> float:
        return choice.apparent - (groups.floors[place[choice.best]] or 0.0)

    return max(choices, key=excess, default=None)


def _choose(groups: Groups, places: Array) -> Choice | None:
    fit = places[(groups.alive > groups.diverged + groups.dead)[places]]
    if not len(fit):
        return None
    means = np.nanmean(groups.error[fit], axis=1)
    best = int(fit[int(means.argmin())])
    smallest, behind = _smallest(groups, fit, best)
    honest, honest_error = honest_error_of_choice(groups.error[fit])
    own = groups.settings[best].items()
    return Choice(
        problem={path: value for path, value in own if path.startswith("problem")},
        best=int(groups.points[best]),
        smallest=int(groups.points[smallest]),
        behind=behind,
        compared=len(fit),
        apparent=float(means.min()),
        honest=honest,
        honest_error=honest_error,
    )


def honest_error_of_choice(error: Array) -> tuple[float, float]:
    """Return what choosing the best point is worth, and its standard error over seeds.

    Each seed is left out in turn; the point with the least mean error on the others is judged on
    it. The mean over seeds is unbiased for one seed fewer, where the least mean error itself is
    too low: among many points that are equally good, one is lucky. The standard error is that of
    C. Nadeau and Y. Bengio (Machine Learning 52, 2003) for folds that share what they are chosen
    by, sqrt((1/s + 1/(s - 1)) variance); among many equals it is still somewhat too small.

    Args:
        error: (p, s), NaN where a member was lost; NaN comes back with fewer than two seeds that
            all points have.
    """
    whole = error[:, np.isfinite(error).all(axis=0)]
    s = whole.shape[1]
    if s < 2:
        return math.nan, math.nan
    others = (whole.sum(axis=1, keepdims=True) - whole) / (s - 1)
    found = whole[others.argmin(axis=0), np.arange(s)]
    return float(found.mean()), sample_sd(found) * math.sqrt(1 / s + 1 / (s - 1))


def _smallest(groups: Groups, fit: Array, best: int) -> tuple[int, Difference | None]:
    error = groups.error[best]
    known = error[np.isfinite(error)]
    if len(known) < 2:
        return best, None
    limit = float(known.mean() + sample_sd(known) / math.sqrt(len(known)))
    smaller = [int(i) for i in fit if groups.parameters[i] < groups.parameters[best]]
    for i in sorted(smaller, key=lambda i: (groups.parameters[i], np.nanmean(groups.error[i]))):
        behind = _behind(groups, i, best)
        if np.nanmean(groups.error[i]) <= limit and behind is not None and not behind.clear:
            return i, behind
    return best, None


def _behind(groups: Groups, i: int, best: int) -> Difference | None:
    both = np.isfinite(groups.error[i]) & np.isfinite(groups.error[best])
    if both.sum() < 2:
        return None
    return compare_seeds(
        groups.error[i, both].tolist(),
        groups.error[best, both].tolist(),
        paired=True,
        unit="error",
        level=LEVEL,
    )
