"""Answering a question of the catalogue: the numbers are computed, the sentences follow them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from learnscope.catalogue.checking import number, spread
from learnscope.catalogue.study import Study, summarised
from learnscope.errors import InputError, listing

if TYPE_CHECKING:
    from learnscope.catalogue.entry import Entry, Question, Rule, Says
    from learnscope.training.result import OnProgress, ShouldStop


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One number of an answer.

    Attributes:
        name: the word by which sentences name it.
        what: what it is.
        variant: of which settings, "" for those of the file.
        rule: how one number is made of those of the members.
        value: this number.
        values: the numbers of the members.
    """

    name: str
    what: str
    variant: str
    rule: Rule
    value: float
    values: tuple[float, ...]

    def spread(self) -> str:
        """Say the number and the range of the members."""
        return spread(self.values, self.rule)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The numbers of an answer, and the sentences they were put into.

    Attributes:
        rows: the numbers.
        text: the sentences.
        stand_in: what to say where other images stood in for those of the entry, else "".
    """

    rows: tuple[Row, ...]
    text: str
    stand_in: str


def question(entry: Entry, number_: str) -> Question:
    """Return the question of an entry with that number, e.g. "Q7" or "7".

    Raises:
        InputError: there is none; the message names those there are.
    """
    wanted = whole_number(number_)
    for each in entry.question:
        if each.number == wanted:
            return each
    there = listing(q.number for q in entry.question) or "none"
    raise InputError(
        f"{entry.name!r} has no question {number_!r}. It has {there}; 'learnscope list "
        "--questions' shows where each is answered."
    )


def whole_number(text: str) -> str:
    """Return the number of a question as files have it: "q7" and "7" are "Q7"."""
    return f"Q{text}" if text[:1].isdigit() else text.upper()


def answer(
    entry: Entry,
    asked: Question,
    *,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Answer:
    """Train what a question needs, measure, and word the answer."""
    study = Study(entry, on_progress=on_progress, should_stop=should_stop)
    study.expect((row, row.seeds) for row in asked.figures)
    rows = []
    for figure in asked.figures:
        values = study.values(figure, figure.seeds)
        # "each" is no single number: sentences take the median then.
        rule: Rule = "median" if figure.rule == "each" else figure.rule
        rows.append(
            Row(
                name=figure.name,
                what=figure.what,
                variant=figure.variant,
                rule=rule,
                value=summarised(values, rule)[0],
                values=tuple(values),
            )
        )
    found = {row.name: row.value for row in rows}
    texts = [asked.answer, *(_chosen(says, found) for says in asked.says)]
    return Answer(
        rows=tuple(rows),
        text=" ".join(_filled(t.strip(), found) for t in texts if t),
        stand_in=" ".join(sorted(study.stand_ins)),
    )


def _chosen(says: Says, found: Mapping[str, float]) -> str:
    limit = _value(says.below, found) if isinstance(says.below, str) else says.below
    return says.yes if _value(says.this, found) < says.times * limit else says.no


def _filled(text: str, found: Mapping[str, float]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: number(_value(match[1], found)), text)


def _value(name: str, found: Mapping[str, float]) -> float:
    if name not in found:
        raise InputError(f"question.figures has no {name!r}, which a sentence names.")
    return found[name]
