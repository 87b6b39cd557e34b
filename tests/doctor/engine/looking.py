"""Rules asked by themselves, without the trainings of a whole diagnosis."""

from typing import Any

from learnscope.doctor.case import Case
from learnscope.doctor.clock import Deadline
from learnscope.doctor.record import Record
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import make_setup


def case_of(arguments: dict[str, Any], record: Record | None = None) -> Case:
    """Return a case of the arguments of `diagnose`; a given record stands for its training."""
    seconds = arguments.pop("budget", 30.0)
    case = Case(make_setup(**arguments), Deadline.after(seconds))
    if record is not None:
        case.__dict__["record"] = record
    return case


def looked(rule: Rule, arguments: dict[str, Any], record: Record | None = None) -> list[Suspicion]:
    """Return what a rule suspects of a program."""
    return rule.look(case_of(dict(arguments), record))


def measured(suspicion: Suspicion, words: str) -> float:
    """Return the one measured number whose name has these words."""
    (value,) = [e.value for e in suspicion.evidence if words in e.what]
    return float(value)
