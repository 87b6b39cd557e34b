"""The files of the catalogue are whole: what they name exists, and what they say can be run."""

import re
import shlex
from typing import Any

import pytest

import learnscope as ls
from learnscope.catalogue import named, read_entry
from learnscope.catalogue.entry import Check, Entry
from learnscope.catalogue.quantities import QUANTITIES
from learnscope.cli import main
from learnscope.errors import InputError
from learnscope.overrides import apply_overrides

NAMES = ls.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_variant_is_an_experiment(name: str) -> None:
    found = read_entry(name)
    own = named(name)
    for variant in found.variants():
        experiment = named(name, variant)
        assert (experiment == own) == (variant == found.about.base)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_of_teaching_length_and_begins_with_a_heading(name: str) -> None:
    lesson = read_entry(name).lesson
    assert lesson.startswith("## ")
    # Formulas and tables count too.
    assert 150 <= len(lesson.split()) <= 450
    assert lesson.count("$") % 2 == 0
    assert max(len(line) for line in lesson.split("\n")) <= 200


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_an_entry_is_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = read_entry(name)
    lesson = re.findall(r"`learnscope ([^`]+)`", found.lesson)
    for command in {c.command for c in found.about.sources.values() if c.command} | set(lesson):
        word, *rest = shlex.split(command)
        if word in {"runs", "predict", "probe", "search", "data"} or not rest:
            continue
        targets = [t for t in rest if not t.startswith("-")][:1] or [name]
        assert targets[0] in NAMES, command
        if word == "answer" and len(rest) > 1:
            assert rest[1] in {q.number for q in read_entry(targets[0]).question}, command
        if "--variant" in rest:
            variant = rest[rest.index("--variant") + 1]
            assert variant in {*read_entry(targets[0]).variants(), "all"}, command
        if word == "run" and "all" not in rest:
            assert main([word, *rest, *([] if "--dry-run" in rest else ["--dry-run"])]) == 0
        assert word in {"run", "show", "check", "answer", "exercise", "list", "errors"}, command
    for variant in re.findall(r"`--variant ([a-z0-9_]+)`", found.lesson):
        assert variant in {*found.variants(), "all"}, variant


@pytest.mark.parametrize("name", NAMES)
def test_a_check_is_of_a_number_that_the_entry_covers(name: str) -> None:
    found = read_entry(name)
    assert {c.source for c in found.check} <= set(found.about.sources)
    assert found.check, "an entry without an outcome checks nothing"


@pytest.mark.parametrize("name", NAMES)
def test_sentences_name_figures_that_there_are(name: str) -> None:
    for question in read_entry(name).question:
        figures = {f.name for f in question.figures}
        texts = [question.answer, *(t for s in question.says for t in (s.yes, s.no))]
        assert {word for text in texts for word in re.findall(r"\{(\w+)\}", text)} <= figures
        for says in question.says:
            assert says.this in figures
            assert not isinstance(says.below, str) or says.below in figures
        assert question.figures, f"{question.number} computes nothing"


def test_every_quantity_is_used_by_an_entry() -> None:
    entries = [read_entry(name) for name in NAMES]
    rows = [c for e in entries for c in e.check]
    used = {row.quantity.kind_name() for row in rows}
    used |= {f.quantity.kind_name() for e in entries for q in e.question for f in q.figures}
    assert used == set(QUANTITIES)


def minimal(**changes: object) -> Entry:
    data: dict[str, Any] = {
        "about": {"topic": "t", "summary": "s", "sources": {"S0.1": "w"}},
        "variant": [{"name": "a", "title": "t", "set": {}}],
    }
    return Entry(name="n", lesson="", data={}, **apply_overrides(data, changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variant.0.name": "base"}, "variant must have each name once, got base, base"),
        ({"about.sources": {"X1": "w"}}, "about.sources"),
        (
            {
                "check": [
                    {"source": "S0.1", "what": "w", "quantity": "dead", "variant": "b", "low": 1}
                ]
            },
            "variant 'b' is named, and there is none of that name",
        ),
        (
            {"check": [{"source": "S0.1", "what": "w", "quantity": "dead"}]},
            "low or high must be given",
        ),
        (
            {"check": [{"source": "S0.1", "what": "w", "quantity": "os.system", "low": 1}]},
            "quantity",
        ),
    ],
)
def test_a_wrong_file_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        minimal(**changes)


def test_an_unknown_variant_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"has no variant 'linear'.*repaired"):
        named("spirals", "linear")


def test_ranges_are_said_in_words() -> None:
    def said(**limits: float) -> str:
        return Check(source="S0.1", what="w", quantity="dead", **limits).expected()

    assert said(low=0.5) == "at least 0.5"
    assert said(high=2) == "at most 2"
    assert said(low=1, high=2) == "1 to 2"
    assert said(low=3, high=3) == "3"
