"""What k right answers in n rows say of the share of right answers on fresh rows."""

from dataclasses import dataclass
from typing import Literal

from learnscope.errors import InputError
from learnscope.measures.percent import percent, percent_range
from learnscope.measures.spread import wilson

Method = Literal["wilson", "exact"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proportion:
    """A share with its interval.

    Attributes:
        right: rows that count.
        n: rows in all, at least 1.
        low: lower end of the interval, in [0, 1].
        high: upper end.
        level: share of such intervals, over repeated studies, that hold the true share.
        method: "wilson" or "exact".
    """

    right: int
    n: int
    low: float
    high: float
    level: float
    method: Method

    @property
    def share(self) -> float:
        """The share right / n."""
        return self.right / self.n

    def sentence(self) -> str:
        """Say the share with its interval and the rows it comes from."""
        name = {"wilson": "Wilson's", "exact": "the exact"}[self.method]
        return (
            f"{self.right} of {self.n} rows, {percent(self.share, self.n)}; "
            f"{name} {100 * self.level:g} % interval: {percent_range(self.low, self.high, self.n)}."
        )


def proportion(right: int, n: int, *, level: float = 0.95, method: Method = "wilson") -> Proportion:
    """Return the share of `right` in `n` with its interval.

    Args:
        right: rows that count, 0 to n.
        n: independent rows, at least 1.
        level: confidence level in (0, 1).
        method: "wilson" is right at its level on average over the true shares (L. D. Brown,
            T. T. Cai, A. DasGupta, Statistical Science 16, 2001); "exact" never falls below it,
            at the price of width.

    Raises:
        InputError: a number is outside its range.
    """
    check_counts("proportion", right, n, level)
    low, high = (clopper_pearson if method == "exact" else wilson)(right, n, level)
    return Proportion(right=right, n=n, low=low, high=high, level=level, method=method)


def clopper_pearson(right: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval for a share: both binomial tails are at least (1 - level) / 2.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26, 1934; the quantiles of the beta
    distribution solve its two equations.
    """
    from scipy.special import betaincinv

    check_counts("clopper_pearson", right, n, level)
    tail = (1 - level) / 2
    low = 0.0 if right == 0 else float(betaincinv(right, n - right + 1, tail))
    high = 1.0 if right == n else float(betaincinv(right + 1, n - right, 1 - tail))
    return low, high


def check_counts(name: str, right: float, n: int, level: float) -> None:
    """Refuse counts and levels that are none."""
    if n < 1 or not 0 <= right <= n:
        raise InputError(f"{name} needs 0 <= right <= n and n >= 1, got {right:g} of {n}.")
    if not 0 < level < 1:
        raise InputError(f"{name}.level must be in (0, 1), got {level:g}. Use 0.95 for 95 %.")
