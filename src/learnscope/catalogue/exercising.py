"""Holding a reader's own settings against the goal of an exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from learnscope.catalogue import named
from learnscope.catalogue.answering import whole_number
from learnscope.catalogue.checking import number, within
from learnscope.catalogue.study import summarised
from learnscope.errors import InputError, listing
from learnscope.stand_in import stand_in_text, with_stand_in

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Entry, Goal, Question
    from learnscope.experiment import Experiment
    from learnscope.training.result import OnProgress, ShouldStop


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What came of a reader's settings.

    Attributes:
        reached: whether the goal was reached.
        value: the number that counts.
        values: the numbers of the members.
        text: what to say to the reader.
        stand_in: what to say where other images stood in, else "".
    """

    reached: bool
    value: float
    values: tuple[float, ...]
    text: str
    stand_in: str


def exercise(entry: Entry, number_: str | None = None) -> tuple[Question, Goal]:
    """Return an exercise of an entry: the one asked for, or the first.

    Raises:
        InputError: there is none, or none of that number.
    """
    found = [(q, q.goal) for q in entry.question if q.goal is not None]
    if not found:
        raise InputError(
            f"{entry.name!r} has no exercise. 'learnscope list --questions' shows those that have."
        )
    if number_ is None:
        return found[0]
    wanted = whole_number(number_)
    for question, goal in found:
        if question.number == wanted:
            return question, goal
    raise InputError(
        f"{entry.name!r} has no exercise {number_!r}: it has {listing(q.number for q, _ in found)}."
    )


def attempt(
    entry: Entry,
    goal: Goal,
    changes: Mapping[str, Any],
    *,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Attempt:
    """Train the reader's settings and hold them against the goal.

    Raises:
        InputError: a setting is wrong, or is not one that the exercise leaves to the reader.
    """
    from learnscope.runs.train import train

    experiment = with_stand_in(starting_point(entry, goal).override(_allowed(goal, changes)))
    run = train(experiment, on_progress=on_progress, should_stop=should_stop)
    values = goal.quantity.values(run.trained)
    found = summarised(values, goal.rule)
    held = [within(v, goal.low, goal.high) for v in found]
    worst = found[held.index(False)] if False in held else found[0]
    return Attempt(
        reached=all(held),
        value=worst,
        values=tuple(values),
        text=_said(goal, worst, all(held)),
        stand_in=stand_in_text(experiment),
    )


def starting_point(entry: Entry, goal: Goal) -> Experiment:
    """Return the settings that the reader begins with."""
    return named(entry.name, goal.variant or entry.about.base).override({"seeds": goal.seeds})


def _allowed(goal: Goal, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    for path in changes:
        if not any(path == own or path.startswith(f"{own}.") for own in goal.may):
            raise InputError(
                f"{path} is not left to you in this exercise: it is about "
                f"{' and '.join(goal.may)}. With 'learnscope run' you may change everything."
            )
    return changes


def _said(goal: Goal, value: float, reached: bool) -> str:
    compared = f"{goal.what} is {number(value)}, wanted {goal.expected()}"
    return f"Reached: {compared}." if reached else f"Not yet: {compared}. {goal.hint}"
