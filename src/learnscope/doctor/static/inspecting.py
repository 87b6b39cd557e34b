"""A program's text, inspected: nothing of it is run."""

from __future__ import annotations

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.rules import RULES
from learnscope.doctor.static.source import Source, read_source
from learnscope.doctor.watching.programs import Program


def inspect(program: Program) -> list[Hint]:
    """Return what the text of a program gives away, likely faults first.

    Raises:
        InputError: the program is no valid Python.
    """
    return hints_of(read_source(program))


def hints_of(source: Source) -> list[Hint]:
    """Return what the trees of a program give away, likely faults first."""
    hints = [hint for rule in RULES.values() for hint in rule(source)]
    return sorted(hints, key=lambda hint: hint.confidence != "likely")
