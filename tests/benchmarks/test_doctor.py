import math
from types import SimpleNamespace

import pytest

from benchmarks.doctor import recovered
from benchmarks.doctor_totals import Seen, alarmed, print_alarms, print_seen, rank_of


def test_the_rank_is_that_of_the_first_accepted_slug() -> None:
    assert rank_of(("a", "b"), ("c", "b", "a")) == 2
    assert rank_of(("a",), ("a", "b")) == 1
    assert rank_of(("a",), ("b", "c")) is None


@pytest.mark.parametrize(
    ("score", "broken", "twin", "yes"),
    [
        (0.7, 0.1, 0.97, True),
        (0.6, 0.1, 0.97, False),
        (0.65, -50.0, 0.9, True),
        (0.5, -math.inf, 0.9, False),
        (-math.inf, 0.1, 0.9, False),
    ],
)
def test_two_thirds_of_the_loss_must_come_back(
    score: float, broken: float, twin: float, yes: bool
) -> None:
    assert recovered(score, broken, twin) is yes


def test_notes_are_no_alarms() -> None:
    note, error = (SimpleNamespace(slug=s, severity=s) for s in ("note", "error"))
    assert alarmed(SimpleNamespace(findings=[note], verdict="healthy")) == ""
    assert alarmed(SimpleNamespace(findings=[note, error], verdict="faulty")) == "error"
    assert alarmed(SimpleNamespace(findings=[], verdict="faulty")) == "verdict faulty"


def test_totals_count_what_the_rows_say(capsys: pytest.CaptureFixture[str]) -> None:
    seen = [
        Seen("one", ("a",), ("a", "b"), "", True, 1.0),
        Seen("two", ("a",), ("b", "a"), "", False, 2.0),
        Seen("three", ("a",), (), "raised ValueError: no", None, 3.0),
    ]
    print_seen(seen, rows=True)
    print_alarms("healthy programs", [("four", "a")], 5, rows=False)
    said = capsys.readouterr().out
    assert "| two | a | b | 2 | no | 2.0 |" in said
    assert "first finding right: 1 of 3 (0.33)" in said
    assert "truth in the first three: 2 of 3 (0.67)" in said
    assert "first finding's change cures: 1 of 3 (0.33)" in said
    assert "false alarms on healthy programs: 1 of 5" in said
    assert "four" not in said
