"""The report of a run: one HTML page that needs nothing else and opens without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from learnscope.experiment import Experiment
from learnscope.measures.advice import Advice, advice
from learnscope.measures.facts import Facts
from learnscope.measures.verdict import verdict
from learnscope.reports.diagnosis import Diagnosis, diagnosis_rows
from learnscope.reports.pictures import Picture, all_pictures
from learnscope.reports.settings_rows import setting_rows
from learnscope.reports.tables import (
    PART_NAMES,
    beside_rows,
    failures,
    member_rows,
    score_rows,
    split_sentence,
    strip_picture,
    trust_sentence,
)
from learnscope.trained import Trained
from learnscope.training.budget import budget_sentence

if TYPE_CHECKING:
    from jinja2 import Environment

FOLD_FROM = 9
"""Members from which their table is folded."""


class ReportedRun(Protocol):
    """What a report reads of a run."""

    @property
    def path(self) -> Path | None:
        """The run's folder, None for a run in memory."""

    @property
    def name(self) -> str:
        """The experiment's name."""

    @property
    def experiment(self) -> Experiment:
        """The settings."""

    @property
    def trained(self) -> tuple[Trained, ...]:
        """The members."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """Notes: command, started (ISO, UTC), seconds_training, route, versions, status."""

    @property
    def facts(self) -> Facts:
        """What was measured."""


def render(
    run: ReportedRun,
    pictures: Sequence[Picture] | None = None,
    *,
    diagnosis: Diagnosis | None = None,
) -> str:
    """Return the report as the text of one HTML page.

    Every text is made from the run's own settings and measures. The page has no link, no script
    and no file beside it.

    Args:
        run: what is reported.
        pictures: those of `all_pictures`, where they are at hand; left out, they are drawn.
        diagnosis: what the doctor says of the run; left out, the page has no such section.
    """
    facts = run.facts
    pictures = all_pictures(run.trained) if pictures is None else pictures
    template = environment().get_template("report.html.j2")
    return template.render(
        css=stylesheet(),
        run=run,
        experiment=run.experiment,
        title=run.experiment.title or run.name,
        facts=facts,
        verdict=verdict(facts),
        problem_pictures=[p for p in pictures if p.of_problem],
        pictures=[p for p in pictures if not p.of_problem],
        settings=setting_rows(run.experiment),
        split=split_sentence(facts),
        parameters=_parameters(facts),
        scores=score_rows(facts),
        beside=beside_rows(facts),
        part=PART_NAMES[facts.part].lower(),
        metric="accuracy" if facts.metric == "accuracy" else "mean squared error",
        trust=trust_sentence(facts),
        strip=strip_picture(facts),
        members=member_rows(facts),
        fold=len(facts.trained) >= FOLD_FROM,
        failures=failures(facts),
        warnings=[*filter(None, [budget_sentence(run.meta.get("budget"))]), *_warnings(facts)],
        diagnosis=None if diagnosis is None else diagnosis_rows(diagnosis),
        advice=[(item, _command(run, item)) for item in advice(facts)],
        command=_base_command(run),
        seconds=float(run.meta.get("seconds_training") or 0.0),
    )


def environment() -> Environment:
    """Return what reads the templates of reports: strict, and every text escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("learnscope.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def stylesheet() -> str:
    """Return the rules that all reports share."""
    folder = resources.files("learnscope.reports") / "templates"
    return (folder / "report.css").read_text(encoding="utf-8")


def _parameters(facts: Facts) -> int:
    return facts.trained[0].member.network.n_parameters()


def _warnings(facts: Facts) -> list[str]:
    """Return the warnings of the experiment, and what the division of the rows does not allow."""
    found = list(facts.experiment.warnings())
    if facts.experiment.training.epochs == 0:
        return found
    if facts.part == "train":
        found.append(
            "There are no test rows: every score is that of rows the model was trained on."
        )
    elif facts.rows("validation") == 0:
        found.append(
            "There are no validation rows. Whoever chooses settings by the scores of this page "
            "makes the test part of the training; keep rows for it: "
            "training.split.validation = 0.15."
        )
    return found


def _base_command(run: ReportedRun) -> str:
    command = str(run.meta.get("command") or "")
    # A resumed run has its experiment in its folder; its command names that folder.
    if command and "--resume" not in command.split():
        return command
    return "learnscope run experiment.toml"


def _command(run: ReportedRun, item: Advice) -> str:
    return f"{_base_command(run)} {item.flags}"
