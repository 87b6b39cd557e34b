from dataclasses import dataclass, field
from typing import Any

from learnscope.reports.diagnosis import Severity, diagnosis_rows
from learnscope.reports.report import render
from tests.measures.by_hand import experiment, member
from tests.reports.pages import Record


@dataclass
class Finding:
    title: str = "The rate is too high: 3 > 0.1"
    severity: Severity = "error"
    evidence: tuple[object, ...] = ("loss of the last epoch: 7 (limit 1)",)
    why: str = "Steps <overshoot> the valley."
    change: str = "Lower training.lr to 0.1."
    trial: object | None = "accuracy 0.5 -> 0.9 (3 seeds)"


@dataclass
class Diagnosis:
    verdict: str = "faulty"
    findings: tuple[Any, ...] = field(default_factory=lambda: (Finding(),))


def record() -> Record:
    settings = experiment(model={"kind": "mlp", "hidden": [4], "output": "relu"})
    return Record(settings, tuple(member(settings, seed=s) for s in settings.root_seeds()))


def test_a_report_shows_what_the_doctor_found_with_its_evidence_and_trial() -> None:
    page = render(record(), pictures=(), diagnosis=Diagnosis())
    for text in ("Faulty.", "Error: The rate is too high: 3 &gt; 0.1", "(limit 1)",
                 "Steps &lt;overshoot&gt; the valley.", "Lower training.lr",
                 "accuracy 0.5 -&gt; 0.9"):  # fmt: skip
        assert text in page


def test_a_healthy_run_says_so_and_a_report_without_diagnosis_has_no_section() -> None:
    page = render(record(), pictures=(), diagnosis=Diagnosis("healthy", ()))
    assert "Healthy." in page and "Nothing to mend was found." in page
    assert 'id="diagnosis"' not in render(record(), pictures=())


def test_notes_leave_a_diagnosis_healthy() -> None:
    rows = diagnosis_rows(Diagnosis("at_ceiling", (Finding(severity="note", trial=None),)))
    assert (rows.word, rows.healthy, rows.findings[0].trial) == ("At the ceiling", True, "")


def test_what_to_try_next_begins_with_the_change_of_the_diagnosis() -> None:
    page = render(record(), pictures=(), diagnosis=Diagnosis())
    assert "Lower training.lr to 0.1." in page[page.index('id="next"') :]
    note = Diagnosis("at_ceiling", (Finding(severity="note", trial=None),))
    page = render(record(), pictures=(), diagnosis=note)
    assert "Lower training.lr" not in page[page.index('id="next"') :]
