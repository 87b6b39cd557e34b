"""What an entry of the catalogue holds beside its experiment: all of it data, no code.

An entry is a pair of files. `NAME.toml` is an experiment with four more tables: `[about]`,
`[[variant]]`, `[[check]]` and `[[question]]`; `NAME.md` is the lesson. What is measured is named by
words of `QUANTITIES`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from learnscope.catalogue.quantities import AnyQuantity
from learnscope.settings import Count, Natural, Positive, Real, Settings

Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]
SourceNumber = Annotated[str, Field(pattern=r"^S[0-4]\.[1-9][0-9]*$")]
QuestionNumber = Annotated[str, Field(pattern=r"^[QE][1-9][0-9]*$")]
"""Q and a number of the question bank of the source, or E and a number for one of our own."""
Rule = Literal["each", "median", "mean", "least", "greatest"]

BASE = "base"
"""Name of the variant without changes, where an entry gives it no other."""


class Covered(Settings):
    """What an entry does about one number of the source documents.

    Attributes:
        what: a few words.
        command: the command that does it, without "learnscope"; left out, "run NAME".
    """

    what: str
    command: str = ""


def _in_words(value: Any) -> Any:
    return {"what": value} if isinstance(value, str) else value


class About(Settings):
    """What a reader is told of an entry in lists.

    Attributes:
        topic: heading under which lists show it.
        summary: one sentence.
        sources: its numbers in the source documents, e.g. "S0.13", and what is done about each.
        base: name of the settings as the file has them, beside the variants.
    """

    topic: str
    summary: str
    sources: dict[SourceNumber, Annotated[Covered, BeforeValidator(_in_words)]]
    base: Word = BASE

    @property
    def first(self) -> tuple[int, int]:
        """The first of its source numbers, by which lists are ordered."""
        return min(in_order(number) for number in self.sources)


def in_order(number: str) -> tuple[int, int]:
    """Return a source number as numbers that can be compared: "S1.10" is (1, 10)."""
    document, place = number[1:].split(".")
    return int(document), int(place)


class Variant(Settings):
    """The experiment with some settings changed.

    Attributes:
        name: the word that chooses it.
        title: what is different, a few words.
        set: dotted settings, as on the command line.
    """

    name: Word
    title: str
    set: dict[str, Any]


class Measured(Settings):
    """A quantity of the members of one variant, and how one number is made of theirs.

    Attributes:
        quantity: what is measured, a word of `QUANTITIES` or a table with its settings.
        variant: of which settings; left out, those of the file.
        against: another variant whose numbers are compared with, member by member: each has the
            same root seed, and so the same data.
        how: "difference" from it or "ratio" to it.
        seeds: members, from the root seed of the experiment on.
        rule: "median", "mean", "least" or "greatest" of the members, or "each" of them.
    """

    quantity: AnyQuantity
    variant: str = ""
    against: str = ""
    how: Literal["difference", "ratio"] = "difference"
    seeds: Count = 3
    rule: Rule = "median"


class Check(Measured):
    """An expected outcome.

    Attributes:
        source: the number in the source documents it belongs to.
        what: what is measured, a few words.
        low: least value expected, or none.
        high: greatest value expected, or none.
        share: with the rule "each": the least share of the members that must be in the range.
        fast_seeds: members of a fast check; left out, `seeds`; 0 leaves the row out of it.
        note: why the range is what it is, where the published one is another.
    """

    source: SourceNumber
    what: str
    low: Real | None = None
    high: Real | None = None
    share: Annotated[Positive, Field(le=1)] = 1.0
    fast_seeds: Natural | None = None
    note: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Check:
        if self.low is None and self.high is None:
            raise ValueError("low or high must be given: a check without a limit checks nothing.")
        if self.share < 1 and self.rule != "each":
            raise ValueError(f"share needs the rule 'each', got the rule {self.rule!r}.")
        return self

    def count(self, fast: bool) -> int:
        """Return the number of members, 0 for a row that is left out."""
        return self.seeds if not fast or self.fast_seeds is None else self.fast_seeds

    def expected(self) -> str:
        """Say the range in words, e.g. "0.05 to 0.45" or "at least 0.93"."""
        limits = in_words(self.low, self.high)
        return f"{limits} in {self.share:.0%} of them" if self.share < 1 else limits


class Figure(Measured):
    """A number that an answer is worded with.

    Attributes:
        name: the word by which sentences name it.
        what: what it is, a few words for the table.
    """

    name: Word
    what: str


class Says(Settings):
    """A sentence that depends on a number.

    Attributes:
        this: name of a figure.
        below: a number, or the name of another figure, that it is compared with.
        times: factor on what it is compared with.
        yes: the sentence where it is below.
        no: the sentence where it is not.
    """

    this: Word
    below: Real | Word
    times: Real = 1.0
    yes: str
    no: str


class Goal(Settings):
    """What the reader's own settings must reach in an exercise.

    Attributes:
        task: what to do.
        quantity: what is measured, see `Measured`.
        variant: the settings the reader starts from; left out, those of the file.
        seeds: members.
        rule: which of their numbers counts.
        low: least value that will do, or none.
        high: greatest value that will do, or none.
        may: beginnings of the settings that the reader may change.
        hint: what to think of, where the goal is missed.
        solution: settings that reach it.
    """

    task: str
    what: str
    quantity: AnyQuantity
    variant: str = ""
    seeds: Count = 1
    rule: Rule = "median"
    low: Real | None = None
    high: Real | None = None
    may: Annotated[tuple[str, ...], Field(min_length=1)]
    hint: str
    solution: dict[str, Any]

    def expected(self) -> str:
        """Say the range in words."""
        return in_words(self.low, self.high)


class Question(Settings):
    """A question of the source documents, with an answer that is computed.

    Attributes:
        number: its number in the question bank, e.g. "Q7"; "E1" and so on for our own.
        text: the question.
        figures: the numbers of the answer.
        answer: sentences around them, {name} standing for a figure.
        says: sentences that depend on them.
        goal: the exercise that goes with it, where there is one.
    """

    number: QuestionNumber
    text: str
    figures: tuple[Figure, ...] = ()
    answer: str = ""
    says: tuple[Says, ...] = ()
    goal: Goal | None = None


class Expected(Settings):
    """An expected outcome of a sweep: the mean of a number over the seeds of one point.

    Attributes:
        source: the number in the source documents it belongs to.
        what: what is measured, a few words.
        at: dotted settings of the point.
        measure: column of the atlas.
        quantity: in its place what no column holds: a word of `QUANTITIES`, measured of the
            members themselves.
        low: least value expected, or none.
        high: greatest value expected, or none.
    """

    source: SourceNumber
    what: str
    at: dict[str, Any]
    measure: str = ""
    quantity: AnyQuantity | None = None
    low: Real | None = None
    high: Real | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Expected:
        if bool(self.measure) == (self.quantity is not None):
            raise ValueError("measure or quantity must be given, and not both.")
        if self.low is None and self.high is None:
            raise ValueError("low or high must be given: a row without a limit expects nothing.")
        return self


class NamedSweep(Settings):
    """A sweep that an entry proposes, see `learnscope.sweeps.sweep.Sweep`.

    Attributes:
        title: what it shows, a few words.
        set: dotted settings laid over the experiment.
        seeds: members of each point.
        over: dotted setting -> its values.
        where: condition on them.
        expect: what came out of it when it was measured, held against each new one.
    """

    title: str
    set: dict[str, Any] = Field(default_factory=dict)
    seeds: Count = 10
    over: dict[str, Any]
    where: str = ""
    expect: tuple[Expected, ...] = ()


class Entry(Settings):
    """An entry: the experiment's plain data, and what is said and expected of it.

    Attributes:
        name: name of its files.
        lesson: the text, Markdown with formulas between dollar signs.
        data: plain data of the experiment.
        about: topic, summary and source numbers.
        variant: the experiment with some settings changed.
        check: expected outcomes.
        question: the questions.
        sweep: name -> a map that goes with it; the first is that of `learnscope sweep NAME`.
    """

    name: str
    lesson: str
    data: dict[str, Any]
    about: About
    variant: tuple[Variant, ...] = ()
    check: tuple[Check, ...] = ()
    question: tuple[Question, ...] = ()
    sweep: dict[Word, NamedSweep] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_meet(self) -> Entry:
        known = self.variants()
        if len(set(known)) < len(known):
            raise ValueError(f"variant must have each name once, got {', '.join(known)}.")
        figures = [f for q in self.question for f in q.figures]
        goals = [q.goal for q in self.question if q.goal is not None]
        rows: list[Measured | Goal] = [*self.check, *figures, *goals]
        named = {row.variant for row in rows}
        named |= {row.against for row in rows if isinstance(row, Measured)}
        unknown = sorted(named - {"", *known})
        if unknown:
            raise ValueError(f"variant {unknown[0]!r} is named, and there is none of that name.")
        return self

    def variants(self) -> tuple[str, ...]:
        """Return the names of all variants, the settings of the file first."""
        return (self.about.base, *(v.name for v in self.variant))

    def titles(self) -> dict[str, str]:
        """Return name -> title of all variants."""
        title = str(self.data.get("title", ""))
        return {self.about.base: title, **{v.name: v.title for v in self.variant}}


def in_words(low: float | None, high: float | None) -> str:
    """Say a range, e.g. "0.05 to 0.45", "at least 0.93", "at most 0.01"."""
    if low is None:
        return f"at most {high:g}"
    if high is None:
        return f"at least {low:g}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
