"""A program's text, inspected: nothing of it is run."""

from __future__ import annotations

from learnscope.doctor.hint import Hint
from learnscope.doctor.static.rules import RULES
from learnscope.doctor.static.source import read_source
from learnscope.doctor.watching.programs import Program


def inspect(program: Program) -> list[Hint]:
    """Return what the text of a program gives away, likely faults first.

    Raises:
        InputError: the program is no valid Python.
    """
    source = read_source(program)
    hints = [hint for rule in RULES.values() for hint in rule(source)]
    return sorted(hints, key=lambda hint: hint.confidence != "likely")
