"""Formulas that users type, such as "x*sin(10*x)": read, checked and evaluated over arrays.

No text is ever given to Python: a formula is cut into words, read by recursive descent into a
list of steps for a stack machine, and the steps are NumPy functions from a table. There are
numbers, the columns, parentheses, and the constants, functions and operators of
`learnscope.expression_table`. Operators bind as in Python: -x**2 is -(x**2), and 2**3**2 is
2**(3**2); ^ is another way to write **; a comparison gives 1 or 0.

All arithmetic is float64, so that no formula can take long: parts without columns are worked
out while reading, must be finite, and their exponents must lie in [-100, 100].
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array
from learnscope.errors import DataError, InputError, listing, suggestion
from learnscope.expression_table import COMPARISONS, CONSTANTS, FUNCTIONS, PRODUCTS, SUMS

_LONGEST = 500
_DEEPEST = 50
_LARGEST_EXPONENT = 100.0
_WORD = re.compile(
    r"[ \t]*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%^()<>,]))"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """Push a number, push a column, or replace the last `arity` values by a function of them."""

    number: float | None = None
    column: str | None = None
    call: Callable[..., Array] | None = None
    arity: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """A formula that was read and found correct.

    Attributes:
        text: the formula as typed.
        names: the columns it uses, in the order of the columns given to `parse_expression`.
    """

    text: str
    names: tuple[str, ...]
    _steps: tuple[_Step, ...]

    def evaluate(self, columns: Mapping[str, Array], n: int) -> Array:
        """Return the value (n,) float64 at every row; what cannot be computed is inf or NaN.

        Args:
            columns: one array (n,) for each of `names`; more are ignored.
            n: number of rows, which a formula without columns needs.
        """
        value = _run(self._steps, columns)
        return np.array(np.broadcast_to(value, (n,)), dtype=np.float64)

    def finite(self, columns: Mapping[str, Array], n: int) -> Array:
        """Return the value (n,) float64 at every row.

        Raises:
            DataError: it is infinite or not a number at some rows; names the first one.
        """
        value = self.evaluate(columns, n)
        bad = np.flatnonzero(~np.isfinite(value))
        if len(bad):
            first = int(bad[0])
            where = ", ".join(f"{name} = {columns[name][first]:.6g}" for name in self.names)
            raise DataError(
                f"The formula {self.text!r} has no finite value at {len(bad)} of {n} points, "
                f"first at {where or f'row {first}'} (got {value[first]:g}). Change the range or "
                "the formula."
            )
        return value


def parse_expression(text: str, columns: Sequence[str]) -> Expression:
    """Read a formula over these columns.

    Args:
        text: at most 500 characters.
        columns: names that may stand in it; they go before constants of the same name.

    Raises:
        InputError: the text is not a formula; says what is wrong, and where in the text.
    """
    if len(text) > _LONGEST:
        raise InputError(
            f"The formula has {len(text)} characters, more than {_LONGEST}: please shorten it."
        )
    parser = _Parser(text, _tokens(text), columns)
    steps = parser.formula()
    used = {step.column for step in steps}
    names = tuple(name for name in columns if name in used)
    return Expression(text=text, names=names, _steps=tuple(steps))


def _run(steps: Sequence[_Step], columns: Mapping[str, Array]) -> Array:
    stack: list[Array] = []
    # Division by zero and the like are answered by inf and NaN, which `finite` reports.
    with np.errstate(all="ignore"):
        for step in steps:
            if step.column is not None:
                stack.append(np.asarray(columns[step.column], dtype=np.float64))
            elif step.call is not None:
                arguments = stack[-step.arity :]
                del stack[-step.arity :]
                stack.append(np.asarray(step.call(*arguments), dtype=np.float64))
            else:
                stack.append(np.asarray(step.number, dtype=np.float64))
    return stack[0]


def _tokens(text: str) -> list[_Token]:
    tokens, place, end = [], 0, len(text.rstrip(" \t"))
    while place < end:
        match = _WORD.match(text, place, end)
        if match is None:
            raise _unreadable(text, place)
        kind = str(match.lastgroup)
        tokens.append(_Token(kind=kind, text=match[kind], start=match.start(kind)))
        place = match.end()
    tokens.append(_Token(kind="end", text="", start=end))
    return tokens


def _unreadable(text: str, place: int) -> InputError:
    place += len(text[place:]) - len(text[place:].lstrip(" \t"))
    sign = text[place]
    hint = {
        "=": " Compare with '=='.",
        "&": " Multiply conditions instead: (a > 0)*(b > 0).",
        "|": " Use max of the conditions instead: max(a > 0, b > 0).",
        "[": " Use parentheses.",
        "{": " Use parentheses.",
        "×": " Use '*'.",
        "−": " Use '-'.",
        "π": " Write pi.",
        "²": " Write **2.",
    }.get(sign, "")
    return InputError(
        f"The formula {_quote(text)} holds {sign!r} at {_place(text, place)}, which has no "
        f"meaning there.{hint}"
    )


def _quote(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def _place(text: str, start: int) -> str:
    """Say where in the text: the character's number and what stands before it."""
    before = text[max(0, start - 20) : start].strip()
    return f"character {start + 1}" + (f" (after {before!r})" if before else "")


class _Parser:
    """One pass over the words of one formula; writes steps in the order of the stack machine."""

    def __init__(self, text: str, tokens: list[_Token], columns: Sequence[str]) -> None:
        self._text, self._tokens, self._columns = text, tokens, columns
        self._at = self._depth = 0
        self._steps: list[_Step] = []

    def formula(self) -> list[_Step]:
        if self._next.kind == "end":
            raise InputError("The formula is empty: write for example 'x*sin(10*x)'.")
        self._comparison()
        if self._next.kind != "end":
            raise self._unexpected()
        return self._steps

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *signs: str) -> str | None:
        """Pass over the next word if it is one of these signs, and return it."""
        token = self._next
        if token.kind == "sign" and token.text in signs:
            self._at += 1
            return token.text
        return None

    def _comparison(self) -> None:
        start = self._deeper()
        self._sum()
        sign = self._take(*COMPARISONS)
        if sign:
            self._sum()
            self._apply(COMPARISONS[sign], 2, start)
        if self._next.text in COMPARISONS:
            raise self._error("compares twice in a row", "Multiply two comparisons instead.")
        self._depth -= 1

    def _sum(self) -> None:
        start = len(self._steps)
        self._product()
        while sign := self._take(*SUMS):
            self._product()
            self._apply(SUMS[sign], 2, start)

    def _product(self) -> None:
        start = len(self._steps)
        self._signed()
        while sign := self._take(*PRODUCTS):
            self._signed()
            self._apply(PRODUCTS[sign], 2, start)

    def _signed(self) -> None:
        start = self._deeper()
        sign = self._take("+", "-")
        if sign is None:
            self._power()
        else:
            self._signed()
        if sign == "-":
            self._apply(np.negative, 1, start)
        self._depth -= 1

    def _power(self) -> None:
        start = len(self._steps)
        self._atom()
        if self._take("**", "^"):
            place, exponent = self._next.start, len(self._steps)
            self._signed()
            self._check_exponent(exponent, place)
            self._apply(np.power, 2, start)

    def _atom(self) -> None:
        token = self._next
        if token.kind == "number":
            self._at += 1
            self._number(token)
        elif token.kind == "name":
            self._at += 1
            self._name(token)
        elif self._take("("):
            self._comparison()
            self._close(token)
        else:
            raise self._unexpected()

    def _number(self, token: _Token) -> None:
        value = float(token.text)
        if not math.isfinite(value):
            raise self._error(f"holds {token.text}, a number too large", at=token)
        self._steps.append(_Step(number=value))

    def _name(self, token: _Token) -> None:
        name = token.text
        if self._next.text == "(" and name in FUNCTIONS:
            self._call(token)
        elif name in self._columns:
            self._steps.append(_Step(column=name))
        elif name in CONSTANTS:
            self._steps.append(_Step(number=CONSTANTS[name]))
        else:
            raise self._unknown(token)

    def _call(self, token: _Token) -> None:
        start, function, opening = len(self._steps), FUNCTIONS[token.text], self._next
        self._at += 1
        self._comparison()
        count = 1
        while self._take(","):
            self._comparison()
            count += 1
        self._close(opening)
        if not function.least <= count <= function.most:
            needed = {1: "one argument", 2: "two arguments", 3: "three arguments"}[function.least]
            more = " or more" if function.most > function.least else ""
            raise self._error(f"gives {token.text}() {count}, it takes {needed}{more}", at=token)
        self._apply(function.call, count, start)

    def _close(self, opening: _Token) -> None:
        if self._take(")"):
            return
        if self._next.kind == "end":
            raise self._error("lacks the ')' for the '('", at=opening)
        raise self._unexpected()

    def _apply(self, call: Callable[..., Array], arity: int, start: int) -> None:
        """Write a step; a part without columns is worked out at once."""
        self._steps.append(_Step(call=call, arity=arity))
        part = self._steps[start:]
        if any(step.column is not None for step in part):
            return
        value = float(_run(part, {}))
        if not math.isfinite(value):
            raise self._error(f"has a part without a finite value (it gives {value:g}), ending")
        self._steps[start:] = [_Step(number=value)]

    def _check_exponent(self, start: int, place: int) -> None:
        # A part without columns is one number by now.
        number = self._steps[start].number if len(self._steps) == start + 1 else None
        if number is not None and abs(number) > _LARGEST_EXPONENT:
            raise InputError(
                f"The formula {_quote(self._text)} has the exponent {number:g} at "
                f"{_place(self._text, place)}; exponents must lie in [-100, 100]."
            )

    def _deeper(self) -> int:
        self._depth += 1
        if self._depth > 2 * _DEEPEST:
            raise self._error(f"is nested deeper than {_DEEPEST} levels", "Please simplify it.")
        return len(self._steps)

    def _error(self, what: str, remedy: str = "", at: _Token | None = None) -> InputError:
        place = _place(self._text, (at or self._next).start)
        return InputError(f"The formula {_quote(self._text)} {what} at {place}. {remedy}".strip())

    def _unexpected(self) -> InputError:
        token = self._next
        if token.kind == "end":
            return self._error("ends too early", "A number, a column or a ')' is missing.")
        before = self._tokens[self._at - 1] if self._at else None
        ended = before is not None and (before.kind in {"number", "name"} or before.text == ")")
        if ended and (token.kind in {"number", "name"} or token.text == "("):
            return self._error(f"lacks an operator before {token.text!r}", "Write * to multiply.")
        return self._error(f"holds {token.text!r} where a number or a column should stand")

    def _unknown(self, token: _Token) -> InputError:
        name, called = token.text, self._next.text == "("
        if not called and name in FUNCTIONS:
            return self._error(f"uses the function {name} without (...)", at=token)
        known = list(FUNCTIONS) if called else [*self._columns, *CONSTANTS]
        hint = suggestion(name, known) or suggestion(name, [*self._columns, *FUNCTIONS])
        if not hint:
            word = "functions" if called else "names"
            hint = f" The {word} are {listing(known, 30)}."
        what = "function" if called else "name"
        return self._error(f"uses the unknown {what} {name!r}", hint.strip(), at=token)
