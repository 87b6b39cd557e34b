"""What goes wrong, in one sentence each.

Every message names the owner and the field, the rule, the value that was given, the rows
concerned where there are some, and what to do.
"""

import difflib
from collections.abc import Iterable


class LearnscopeError(Exception):
    """Something that stops the work and that the reader can act on.

    Not a `ValueError`, so that a sentence raised inside the checking of settings reaches the
    reader as it is.

    Attributes:
        exit_code: status with which the command line ends.
    """

    exit_code = 1


class InputError(LearnscopeError):
    """A setting, a name, a flag or a file is wrong: nothing was started."""

    exit_code = 2


class DataError(LearnscopeError):
    """The data, a run folder or a weight file cannot be used as it is."""

    exit_code = 1


class Interrupted(LearnscopeError):
    """The work was stopped by the user; what was done is kept."""

    exit_code = 130


def suggestion(word: str, choices: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest of `choices`, or "" where none is near."""
    near = difflib.get_close_matches(word.lower(), list(choices), n=1, cutoff=0.55)
    return f" Did you mean {near[0]!r}?" if near else ""


def listing(words: Iterable[str], limit: int = 12) -> str:
    """Return the words as one line, shortened after `limit` of them."""
    words = list(words)
    shown = ", ".join(words[:limit])
    return shown if len(words) <= limit else f"{shown}, ... ({len(words)} in all)"
