import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import doctor, doctor_scripts
from benchmarks.doctor import recovered
from benchmarks.doctor_totals import Seen, alarmed, print_alarms, print_seen, rank_of
from tests.doctor.cases.everything import CASES
from tests.doctor.cases.listed_scripts import LISTED


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


def _doctor_that_says(slug: str, fix: Callable[[], Any] | None) -> Callable[..., Any]:
    finding = SimpleNamespace(slug=slug, severity="error", fix=fix)
    return lambda program, budget: SimpleNamespace(findings=[finding], verdict="faulty")


@pytest.mark.parametrize("name", ["nll_on_probabilities", "test_rows_in_training"])
@pytest.mark.parametrize(("mended", "cured"), [(True, True), (False, False), (None, None)])
def test_a_cure_is_tried_with_the_plain_loop(
    name: str, mended: bool | None, cured: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    fix = None if mended is None else lambda: case.build(0, mended=mended)
    monkeypatch.setattr(doctor, "diagnose", _doctor_that_says(case.truth[0], fix))
    seen = doctor._examine(case, 1.0)
    assert (seen.rank, seen.cured) == (1, cured)


def test_a_doctor_that_raises_is_shown_and_counts_as_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(program: Any, budget: float) -> Any:
        raise RuntimeError("no answer")

    monkeypatch.setattr(doctor, "diagnose", fails)
    monkeypatch.setattr(sys, "argv", ["doctor", "--only", "summed_squares", "pca_autoencoder"])
    doctor.main()
    said = capsys.readouterr().out
    assert "raised RuntimeError: no answer" in said
    assert "first finding right: 0 of 1 (0.00)" in said
    assert "false alarms on healthy programs: 1 of 1" in said


COMMAND = """
import difflib, json, pathlib, sys
path = pathlib.Path(sys.argv[1])
mended = path.with_name(path.name.replace("faulty", "mended"))
if "--json" in sys.argv:
    found = [] if path == mended else [{"slug": "ordered-batches", "severity": "error"}]
    print(json.dumps({"findings": found}))
else:
    old, new = (p.read_text().splitlines(keepends=True) for p in (path, mended))
    print("The change:")
    sys.stdout.writelines(difflib.unified_diff(old, new, path.name, path.name))
"""


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no command patch here")
def test_a_diff_is_applied_to_a_copy_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = tmp_path / "command.py"
    command.write_text(COMMAND, encoding="utf-8")
    monkeypatch.setattr(doctor_scripts, "COMMAND", (sys.executable, str(command)))
    path = LISTED[0].path()
    before = path.read_bytes()
    doctor_scripts.show("open", ["data_loader"])
    said = capsys.readouterr().out
    assert "| data_loader | ordered-batches | ordered-batches | 1 | yes |" in said
    assert "false alarms on repaired twins: 0 of 1" in said
    assert path.read_bytes() == before
