"""Options that take whole numbers take no others: 3.5 seeds are not rounded to four."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from learnscope.errors import InputError

if TYPE_CHECKING:
    from cyclopts import App, ArgumentCollection


def check_whole(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Refuse a number with a fraction where a whole one is asked for.

    Raises:
        InputError: an option or an argument has one.
    """
    for argument in arguments:
        if int not in _kinds(argument.hint):
            continue
        for token in argument.tokens:
            if _is_broken(token.value):
                raise InputError(f"{argument.name} takes a whole number, got {token.value}.")


def _kinds(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) or (hint,)


def _is_broken(text: str) -> bool:
    try:
        return not float(text).is_integer()
    except (ValueError, OverflowError):
        return False  # no number at all, or one too large: said elsewhere
