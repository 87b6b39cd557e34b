"""Numbers with the digits that they can carry, and no more.

A share of n rows has a standard error. Digits below the first of that error say nothing about
the model, only about the rows that happened to be drawn; and one row moves the share by 1 / n,
so that digits below that do not even say anything about the rows (S4.30).
"""

import math

from learnscope.measures.spread import wilson

ONE_SD = 0.6826894921370859
"""Share of a normal distribution within one standard deviation of its mean."""


def standard_error(share: float, n: int) -> float:
    """Return half the width of Wilson's interval at one standard deviation.

    Near sqrt(p (1 - p) / n), but not 0 where all rows or none are right.
    """
    low, high = wilson(share * n, n, level=ONE_SD)
    return (high - low) / 2


def error_decimals(error: float) -> int:
    """Return the decimals that a number with this error carries, negative for whole tens.

    The last digit stands where the first of the error does, or one further where the error
    begins with a 1, which would else be rounded by up to a half.

    >>> error_decimals(0.78), error_decimals(0.14), error_decimals(3.1), error_decimals(120)
    (1, 2, 0, -1)
    """
    if not (math.isfinite(error) and error > 0):
        return 6
    place = math.floor(math.log10(error))
    # 0.96 is written as 1: what counts is the error as it will be printed.
    first = round(error / 10.0**place)
    if first == 10:
        place, first = place + 1, 1
    return -place + (1 if first == 1 else 0)


def with_error(value: float, error: float) -> str:
    """Return "93.4 ± 0.8": both to the last digit that the error leaves.

    >>> with_error(93.41, 0.785), with_error(1234.5, 140.0), with_error(0.5, 0.0)
    ('93.4 ± 0.8', '1230 ± 140', '0.5 ± 0')
    """
    if not (math.isfinite(error) and error > 0):
        return f"{value:.6g} ± {error:g}"
    if max(abs(value), abs(error)) >= 1e9:
        # A hundred figures say less than two and an exponent.
        return f"{value:.2g} ± {error:.2g}"
    places = error_decimals(error)
    return f"{_rounded(value, places)} ± {_rounded(error, places)}"


def percent_decimals(share: float, n: int) -> int:
    """Return the decimals of a percentage over n rows, at least 0.

    >>> percent_decimals(0.934, 1000), percent_decimals(0.95, 60), percent_decimals(0.98, 10000)
    (1, 0, 2)
    """
    if not (math.isfinite(share) and 0 <= share <= 1) or n < 1:
        return 0
    of_one_row = math.ceil(math.log10(max(n, 2)) - 1e-9) - 2
    return max(0, min(of_one_row, error_decimals(100 * standard_error(share, n))))


def percent(share: float, n: int, like: float | None = None) -> str:
    """Return the share of n rows as a percentage with the digits that n rows carry.

    Args:
        share: in [0, 1]; a value that is not finite is "none".
        n: rows.
        like: the share whose digits are taken, so that the ends of a range end where its middle
            does; its own where left out.

    >>> percent(0.9341, 1000), percent(0.951, 60), percent(1.0, 30)
    ('93.4 %', '95 %', '100 %')
    """
    if not math.isfinite(share):
        return "none"
    return f"{100 * share:.{percent_decimals(share if like is None else like, n)}f} %"


def percent_with_error(share: float, n: int) -> str:
    """Return the share of n rows as "93.4 ± 0.8 %", the error being one standard error."""
    digits = percent_decimals(share, n)
    return f"{100 * share:.{digits}f} ± {100 * standard_error(share, n):.{digits}f} %"


def percent_range(low: float, high: float, n: int) -> str:
    """Return an interval of a share over n rows as "91.7 to 94.8 %"."""
    digits = percent_decimals((low + high) / 2, n)
    return f"{100 * low:.{digits}f} to {100 * high:.{digits}f} %"


def share_text(share: float, n: int, like: float | None = None) -> str:
    """Return the share of n rows as a fraction of 1 with the same digits: "0.934"."""
    if not math.isfinite(share):
        return "-"
    return f"{share:.{percent_decimals(share if like is None else like, n) + 2}f}"


def _rounded(value: float, places: int) -> str:
    # Adding 0 turns -0 into 0.
    return f"{round(value, places) + 0.0:.{max(0, places)}f}"
