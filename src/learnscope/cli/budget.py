"""A length of time as a person writes it: 30s, 2m, 1.5h."""

import math
import re

from learnscope.errors import InputError

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(r"(\d+\.?\d*|\.\d+) ?([a-z]+)")


def read_seconds(flag: str, text: str) -> float:
    """Return the seconds of a time with its unit.

    Raises:
        InputError: it is not one, or not above 0.
    """
    match = _TIME.fullmatch(text.strip().lower())
    seconds = float(match[1]) * UNITS.get(match[2], math.nan) if match else math.nan
    if not 0 < seconds < math.inf:
        raise InputError(
            f"{flag} must be a time above 0 with its unit, for example 30s, 2m or 1h, got {text!r}."
        )
    return seconds
