"""The values of an axis as a user writes them: "1..16", "0:2:0.25", "log(1e-4, 1, 9)", "8,16".

A text is one of

- `a..b` or `a..b:s`: whole numbers from a to b, every one or every s-th, both ends included;
- `a:b:s`: numbers from a to b in steps of s, both ends included where s divides the way;
- `lin(a, b, n)`, `log(a, b, n)`: n numbers evenly spaced, or with a constant ratio; `a..b` is
  taken for `a, b`;
- `a:b`, `log(a, b)`: all numbers between, for sweeps that are sampled;
- anything else: a list, at semicolons or else at commas: "relu,tanh", "[8];[8,8]", "0.1".

`log(1, 1000, 7, whole)` rounds to whole numbers and leaves out repeats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from learnscope.errors import InputError
from learnscope.overrides import read_value

MOST_VALUES = 1_000_000
"""Values that one axis may have."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_WHOLE = re.compile(r"([+-]?\d+)\.\.([+-]?\d+)(?::([+-]?\d+))?")
_STEPS = re.compile(rf"({_NUMBER}):({_NUMBER})(?::({_NUMBER}))?")
_CALL = re.compile(r"(lin|log)\((.*)\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """All numbers between two, for sampling.

    Attributes:
        low: the least.
        high: the greatest.
        log: whether the logarithm is what is spread evenly.
        whole: whether only whole numbers are meant.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def at(self, share: float) -> float | int:
        """Return the number at a share of the way, in [0, 1)."""
        if self.whole and not self.log:
            return int(self.low) + math.floor(share * (self.high - self.low + 1))
        if self.log:
            value = math.exp(math.log(self.low) * (1 - share) + math.log(self.high) * share)
        else:
            value = self.low + share * (self.high - self.low)
        return round(value) if self.whole else value


Choices = tuple[Any, ...] | Interval


def read_choices(path: str, given: Any) -> Choices:
    """Return the values that an axis takes.

    Args:
        path: name of the axis, for messages.
        given: a text as above, a list, or one value.

    Raises:
        InputError: it is empty, too long, or no range.
    """
    if isinstance(given, str):
        found = _read(path, given.strip())
    elif isinstance(given, Sequence):
        found = tuple(given)
    else:
        found = (given,)
    if isinstance(found, tuple):
        if not found:
            raise InputError(f"The axis {path} has no value. Give at least one, such as 1..4.")
        if len(found) > MOST_VALUES:
            raise _too_many(path, len(found))
        _check_repeats(path, found)
    return found


def _check_repeats(path: str, values: Sequence[Any]) -> None:
    seen: set[str] = set()
    for value in values:
        if repr(value) in seen:
            raise InputError(
                f"The axis {path} has the value {value!r} twice. Leave one; a value that is a list "
                "is written in brackets: [8,8];[16,16]."
            )
        seen.add(repr(value))


def _read(path: str, text: str) -> Choices:
    if not text:
        return ()
    if match := _WHOLE.fullmatch(text):
        return _whole(path, *(int(g) for g in match.groups("1")))
    if match := _STEPS.fullmatch(text):
        low, high, step = match.groups()
        if step is None:
            return _interval(path, text, float(low), float(high), log=False, whole=False)
        return _steps(path, low, high, step)
    if match := _CALL.fullmatch(text):
        return _spaced(path, text, match[1], [part.strip() for part in match[2].split(",")])
    if ".." in text and re.fullmatch(r"[\d.:eE+ -]+", text):
        raise InputError(
            f"The axis {path}: {text!r} is no range. Whole numbers are written 1..16, numbers in "
            "steps 0:2:0.25."
        )
    if ";" in text:
        return tuple(read_value(part.strip()) for part in text.split(";") if part.strip())
    value = read_value(text)
    # "[8, 8]" is one value that is a list; "8,8" is two values.
    return tuple(value) if isinstance(value, list) and not text.startswith("[") else (value,)


def _whole(path: str, low: int, high: int, step: int) -> Choices:
    if step < 1 or high < low:
        raise InputError(
            f"The axis {path} must rise in steps of 1 or more, got {low}..{high}:{step}. Write "
            "the smaller number first."
        )
    count = (high - low) // step + 1
    if count > MOST_VALUES:
        raise _too_many(path, count)
    return tuple(range(low, high + 1, step))


def _steps(path: str, low: str, high: str, step: str) -> Choices:
    """Return the numbers as a person would write them: 0.1 + 0.2 is 0.3 here."""
    try:
        first, last, by = Decimal(low), Decimal(high), Decimal(step)
    except InvalidOperation:  # pragma: no cover - the pattern lets only numbers pass
        raise InputError(f"The axis {path}: {low}:{high}:{step} is no range.") from None
    if by <= 0 or last < first:
        raise InputError(
            f"The axis {path} must rise in steps above 0, got {low}:{high}:{step}. Write the "
            "smaller number first."
        )
    count = int((last - first) / by) + 1
    if count > MOST_VALUES:
        raise _too_many(path, count)
    every = [first + i * by for i in range(count)]
    are_whole = all("." not in text and "e" not in text.lower() for text in (low, high, step))
    return tuple(int(v) if are_whole else float(v) for v in every)


def _spaced(path: str, text: str, word: str, parts: list[str]) -> Choices:
    parts = [*parts[0].split(".."), *parts[1:]]  # log(0.001..0.1, 4) is meant no less clearly
    whole = parts[-1] == "whole"
    numbers = parts[:-1] if whole else parts
    if len(numbers) not in {2, 3} or not all(re.fullmatch(_NUMBER, n) for n in numbers):
        raise InputError(
            f"The axis {path}: {text!r} is no range. Write {word}(from, to, how many), with "
            f"'whole' at the end for whole numbers: {word}(1, 1000, 7, whole)."
        )
    low, high = float(numbers[0]), float(numbers[1])
    if len(numbers) == 2:
        return _interval(path, text, low, high, log=word == "log", whole=whole)
    count = float(numbers[2])
    if count != int(count) or not 1 <= count <= MOST_VALUES:
        raise InputError(
            f"The axis {path}: the number of values must be a whole number from 1 to "
            f"{MOST_VALUES:,}, got {numbers[2]}."
        )
    between = _interval(path, text, low, high, log=word == "log", whole=False)
    n = int(count)
    shares = [i / (n - 1) if n > 1 else 0.0 for i in range(n)]
    # Twelve digits take away what the logarithm adds: log(1, 1000, 4) has 10, not 9.999...98.
    values = [float(f"{between.at(share):.12g}") for share in shares]
    if whole:
        return tuple(dict.fromkeys(round(v) for v in values))
    return tuple(values)


def _interval(path: str, text: str, low: float, high: float, *, log: bool, whole: bool) -> Interval:
    if not low < high or not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"The axis {path} must rise, got {text}. Write the smaller number first.")
    if log and low <= 0:
        raise InputError(f"The axis {path} must be above 0 for a logarithm, got {text}.")
    return Interval(low=low, high=high, log=log, whole=whole)


def _too_many(path: str, count: int) -> InputError:
    return InputError(
        f"The axis {path} has {count:,} values, and may have {MOST_VALUES:,}. Take larger steps."
    )
