import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.stats import norm

from learnscope.measures.baselines import baselines
from learnscope.measures.facts import gather
from learnscope.measures.verdict import verdict
from learnscope.reports import report
from learnscope.reports.pictures import all_pictures
from learnscope.reports.report import render
from tests.measures.by_hand import experiment, member, trained
from tests.reports.pages import META, Page, Record

HOSTILE = "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(2)>"


def record(count: int = 1, **settings: Any) -> Record:
    """Return a record of members with their first weights."""
    given = experiment(seeds=count, **settings)
    return Record(given, tuple(member(given, seed=s) for s in given.root_seeds()))


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the drawing, which takes most of the time, where words are tested."""
    monkeypatch.setattr(report, "all_pictures", lambda trained: [])


CASES: dict[str, dict[str, Any]] = {
    "one member": {},
    "several members": {"count": 3},
    "numbers": {"problem": {"kind": "sine", "n": 60}, "count": 2},
    "many inputs and three classes": {
        "problem": {"kind": "wine"},
        "features": ["standardise"],
        "training": {"loss": "cross_entropy"},
    },
    "ten classes": {
        "problem": {"kind": "spirals", "arms": 10, "n": 20},
        "training": {"loss": "cross_entropy"},
    },
    "set by hand": {
        "problem": "gates",
        "model": {
            "kind": "linear",
            "output": "step",
            "weights": [{"weight": [[1, 1]], "bias": [-1.5]}],
        },
        "training": {"epochs": 0, "split": {"test": 0}},
    },
}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: render(record(**case)) for name, case in CASES.items()}


@pytest.fixture(params=CASES)
def text(request: pytest.FixtureRequest, pages: dict[str, str]) -> str:
    return pages[request.param]


def test_the_page_is_well_formed_with_one_id_each(text: str) -> None:
    page = Page(text)
    assert page.faults == []
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    links = re.findall(r'(?:url\(|href=")#([^)"]+)', text)
    labels = [w for _, a in page.elements for w in a.get("aria-labelledby", "").split()]
    assert set(links) | set(labels) <= set(ids)


def test_the_page_needs_nothing_else(text: str) -> None:
    page = Page(text)
    assert not re.search(r"https?:", text)
    assert not {"script", "link", "iframe", "object", "base"} & {tag for tag, _ in page.elements}
    assert "@import" not in text
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action"):
            assert attributes.get(name, "#").startswith(("#", "data:image/png;base64,"))
        assert not [name for name in attributes if name.startswith("on")]


def test_the_page_can_be_read_by_ear(text: str) -> None:
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(a.get("role") == "img" and a.get("aria-label") for a in page.all("svg"))
    assert all(a.get("scope") in {"row", "col"} for a in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )


def test_sections_come_in_the_order_of_a_reader(text: str) -> None:
    headings = re.findall(r'<h2 id="(\w+)"', text)
    assert headings == [
        "problem", "settings", "learned", "figures", "members", "warnings", "next", "repeat",
    ]  # fmt: skip


def test_nothing_is_written_that_only_python_understands(text: str) -> None:
    words = Page(text).text
    assert not re.search(r"\b(nan|None|inf|np\.float64|dataclass)\b", words.replace("None.", ""))


@pytest.mark.usefixtures("no_pictures")
def test_ceiling_and_baselines_are_the_measured_numbers() -> None:
    problem = {"kind": "gaussians", "means": [[0, 0], [2, 0]], "n": 200}
    run = record(problem=problem)
    page = Page(render(run))
    values = [float(a["value"]) for a in page.all("data")]
    assert any(v == pytest.approx(norm.cdf(1), abs=1e-9) for v in values)
    expected = [b.score for b in baselines(run.trained[0].member)]
    assert {*expected, run.metrics["test_accuracy"][0]} <= set(values)
    assert "84.1 %" in page.text
    assert "majority class" in page.text and "logistic regression" in page.text


@pytest.mark.usefixtures("no_pictures")
def test_the_verdict_stands_at_the_top() -> None:
    run = record(count=2)
    found = verdict(gather(run.trained))
    page = Page(render(run)).text
    assert page.index(f"{found.word} {found.sentence}") < page.index("The problem")


@pytest.mark.usefixtures("no_pictures")
def test_a_hostile_title_comes_out_inert() -> None:
    run = record(title=HOSTILE)
    run.meta |= {"command": f"learnscope run {HOSTILE!r}", "versions": {HOSTILE: HOSTILE}}
    text = render(run)
    page = Page(text)
    assert page.faults == []
    assert not page.all("script") and not page.all("img")
    assert page.texts.count(HOSTILE) >= 2
    assert not [a for _, a in page.elements if any(k.startswith("on") for k in a)]


def test_hostile_names_in_a_table_come_out_inert(tmp_path: Path) -> None:
    rows = [f"{i},{i % 7},{('<script>', 'b&lt;')[i % 2]}" for i in range(40)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["<img src=x onerror=alert(1)>,b,c", *rows]))
    run = record(problem={"kind": "csv", "path": str(path), "target": "c"})
    page = Page(render(run))
    assert page.faults == []
    assert not page.all("script") and not page.all("img")


@pytest.mark.usefixtures("no_pictures")
def test_dead_and_diverged_members_are_counted_named_and_explained() -> None:
    settings = experiment(model={"kind": "mlp", "hidden": [2], "output": "relu"}, seeds=4)
    first = member(settings).result.parameters
    dead = {k: np.full(v.shape, -1.0) for k, v in first.items()}
    bad = {k: np.full(v.shape, np.nan) for k, v in first.items()}
    alive = {k: np.full(v.shape, 1.0) for k, v in first.items()}
    members = (
        member(settings, seed=0, parameters=alive),
        member(settings, seed=1, parameters=dead),
        member(settings, seed=2, parameters=dead),
        member(settings, seed=3, parameters=bad, status="diverged", cause="The loss was infinite."),
    )
    page = Page(render(Record(settings, members))).text
    assert "1 of 4 members is alive; 2 dead (seeds 1, 2) and 1 diverged (seed 3)." in page
    assert "Dead: seeds 1, 2. The output activation 'relu' stays at 0 for every row" in page
    assert "Diverged: seed 3. The loss was infinite." in page
    assert "learnscope run spirals --model.output identity" in page


def test_a_run_whose_members_all_diverged_is_still_a_report() -> None:
    settings = experiment(seeds=2)
    first = member(settings).result.parameters
    bad = {k: np.full(v.shape, np.nan) for k, v in first.items()}
    members = tuple(
        member(settings, seed=s, parameters=bad, status="diverged", cause="The loss was infinite.")
        for s in (0, 1)
    )
    page = Page(render(Record(settings, members)))
    assert page.faults == []
    assert "No member is alive: 2 diverged (seeds 0, 1)." in page.text


@pytest.mark.usefixtures("no_pictures")
def test_warnings_of_the_experiment_are_repeated() -> None:
    run = record(model={"kind": "mlp", "output": "relu"})
    page = Page(render(run)).text
    for sentence in run.experiment.warnings():
        assert sentence in page
    assert "There are no validation rows." in page


@pytest.mark.usefixtures("no_pictures")
def test_the_repeat_holds_the_file_the_command_and_the_versions() -> None:
    run = record(count=2)
    page = Page(render(run))
    assert run.experiment.to_toml() in page.texts
    assert META["command"] in page.texts
    assert "Root seeds 0 to 1" in page.text
    assert "Route: torch." in page.text
    assert "torch 2.13.0" in page.text


@pytest.mark.usefixtures("no_pictures")
def test_a_run_without_notes_is_repeated_from_its_file() -> None:
    run = record()
    run.meta = {}
    assert "learnscope run experiment.toml" in Page(render(run)).texts


@pytest.mark.usefixtures("no_pictures")
def test_a_resumed_run_is_repeated_from_its_file() -> None:
    run = record()
    run.meta = {"command": "learnscope run --resume runs/a/b"}
    assert "learnscope run experiment.toml" in Page(render(run)).texts


@pytest.mark.usefixtures("no_pictures")
def test_no_folder_of_the_machine_is_told(tmp_path: Path) -> None:
    run = record()
    run.path = tmp_path / "20260301T120000-abcdef"
    text = render(run)
    assert "20260301T120000-abcdef" in text
    assert str(tmp_path) not in text


def test_pictures_drawn_once_serve_the_page_and_the_files() -> None:
    run = record(count=2)
    pictures = all_pictures(run.trained)
    assert pictures[0].name == "data" and pictures[0].of_problem
    assert not any(p.of_problem for p in pictures[1:])
    for picture in pictures:
        root = ElementTree.fromstring(picture.file)
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("width")
    assert render(run, pictures) == render(run)
    assert "picture-curves" not in render(run, pictures[:1])


def test_a_lone_member_is_not_said_to_be_spread() -> None:
    page = Page(render(record(problem={"kind": "sine", "n": 60}))).text
    assert "over the members" not in page
    assert "Loss and accuracy over the epochs" in page


def test_a_lone_dead_member_is_still_a_report() -> None:
    settings = experiment(model={"kind": "mlp", "hidden": [2], "output": "relu"})
    first = member(settings).result.parameters
    dead = {k: np.full(v.shape, -1.0) for k, v in first.items()}
    page = Page(render(Record(settings, (member(settings, parameters=dead),))))
    assert page.faults == []
    assert "No member is alive: 1 dead (seed 0)." in page.text


def test_equal_runs_give_equal_pages() -> None:
    assert render(record(**CASES["set by hand"])) == render(record(**CASES["set by hand"]))


@pytest.mark.slow
def test_twenty_members_stay_below_a_megabyte_and_a_half() -> None:
    settings = experiment(training={"epochs": 30}, seeds=20)
    text = render(Record(settings, tuple(trained(settings))))
    assert len(text.encode()) < 1_500_000
    assert Page(text).faults == []
