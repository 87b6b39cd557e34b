import json
from pathlib import Path

import pytest

import learnscope as ls
from learnscope import catalogue
from learnscope.catalogue import read_entry
from tests.cli.calling import Cli


def test_list_shows_each_topic_once_in_the_order_of_the_source(cli: Cli) -> None:
    data = cli("list", "--json").data
    firsts = [e["topic"] for e in data["experiments"]]
    assert data["topics"] == [*dict.fromkeys(firsts)]
    assert data["topics"][0] == "The learning problem"
    text = cli("list").out
    assert all(text.count(f"\n{topic}\n") <= 1 for topic in data["topics"])


def test_questions_are_listed_by_their_number(cli: Cli) -> None:
    rows = cli("list", "--questions", "--json").data["questions"]
    numbers = [int(r["number"][1:]) for r in rows if r["number"][0] == "Q"]
    assert numbers == sorted(numbers)
    assert "Q1  " in cli("list", "--questions").out


def test_show_prints_the_lesson_without_dollar_signs(cli: Cli) -> None:
    text = cli("show", "polynomial").out
    assert "Linear in the parameters" in text
    assert "f(x) = b + w₁x" in text
    assert "$" not in text.partition("Settings")[0]
    assert "learnscope run polynomial --variant degree_1" in text
    assert "Q20. Change the degree" in text
    data = cli("show", "polynomial", "--json").data
    assert data["about"]["variants"]["degree_5"] == "degree 5"
    assert data["about"]["lesson"] == read_entry("polynomial").lesson


def test_show_explains_a_variant(cli: Cli) -> None:
    data = cli("show", "spirals", "--variant", "repaired", "--json").data
    assert data["experiment"]["model"].get("output", "identity") == "identity"
    assert data["experiment"]["name"] == "spirals-repaired"


def test_a_variant_is_trained_into_a_folder_of_its_own(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    answer = cli("run", "line_by_hand", "--variant=right", "-q", "--no-report", f"--out={out}")
    assert answer.code == 0
    run = ls.load_run(answer.out.strip())
    assert run.experiment == ls.catalogue.named("line_by_hand", "right")
    assert "--variant=right" in run.meta["command"]


def test_all_variants_are_trained_and_shown_in_one_table(cli: Cli, tmp_path: Path) -> None:
    flags = ("--variant=all", "--no-report", "--progress=none", f"--out={tmp_path}")
    text = cli("run", "line_by_hand", *flags).out
    assert "All variants" in text
    assert [*tmp_path.glob("line_by_hand-right/*/DONE")]
    data = cli("run", "line_by_hand", "--json", *flags).data
    assert [row["variant"] for row in data["variants"]] == ["base", "right", "right_relu", "relu"]
    assert data["variants"][0]["metrics"]["train_mse"][0] == pytest.approx(43.007, abs=1e-3)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run", "spirals", "--variant=x"], "has no variant 'x'"),
        (["run", "my.toml", "--variant=x"], "--variant is for experiments of the catalogue"),
        (["check"], "Say what to check"),
        (["check", "--all", "spirals"], "Say what to check"),
        (["check", "nothing"], "There is no experiment 'nothing'"),
        (["answer", "spirals_bigger", "Q99"], "has no question 'Q99'"),
        (["exercise", "blobs"], "has no exercise"),
        (["exercise", "line_by_hand", "--solution", "--model.bias=false"], "choose one"),
        (["exercise", "line_by_hand", "--problem.slope=1"], "is not left to you"),
        (["run", "spirals", "--variant=all", "--dry-run"], "name the variant"),
    ],
)
def test_misuse_is_one_sentence(cli: Cli, argv: list[str], message: str) -> None:
    answer = cli(*argv)
    assert answer.code == 2
    assert message in answer.complaint


def test_check_prints_a_table_and_ends_with_0_where_all_holds(cli: Cli) -> None:
    answer = cli("check", "line_by_hand", "--progress=none")
    assert answer.code == 0
    assert "pass  S0.3    squared error as it stands" in answer.out
    assert "5 of 5 outcomes hold." in answer.out
    data = cli("check", "line_by_hand", "--json", "--quiet").data
    assert (data["passed"], data["failed"], data["left_out"]) == (5, 0, 0)
    assert data["outcomes"][0]["got"] == "43.01"


def test_check_ends_with_1_where_an_outcome_does_not_hold(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read_entry("line_by_hand")
    rows = (found.check[0].model_copy(update={"high": 43.0, "low": None}), *found.check[1:])
    broken = found.model_copy(update={"check": rows})
    monkeypatch.setattr(catalogue, "read_entry", lambda name: broken)
    answer = cli("check", "line_by_hand", "--quiet")
    assert answer.code == 1
    assert "expected median at most 43, got 43.01 over 1 members." in answer.out
    assert "4 of 5 outcomes hold." in answer.out
    data = cli("check", "line_by_hand", "--quiet", "--json")
    assert (data.code, data.data["failed"]) == (1, 1)


def test_answer_computes_and_words(cli: Cli) -> None:
    assert "Q1" in cli("answer", "line_by_hand").out
    text = cli("answer", "line_by_hand", "Q1", "-q").out
    assert "as it stands it is 43.01" in text
    data = cli("answer", "line_by_hand", "Q1", "--json", "-q").data
    assert [row["name"] for row in data["rows"]] == ["start", "exact", "cut", "share"]


def test_an_exercise_is_told_tried_and_solved(cli: Cli) -> None:
    told = cli("exercise", "line_by_hand")
    assert told.code == 0 and "Goal: the squared error at most 1e-06" in told.out
    assert "[[2.0]]" not in told.out
    assert "[[2.0]]" in cli("exercise", "line_by_hand", "--solution").out
    missed = cli("exercise", "line_by_hand", "--model.weights.0.weight=[[2]]", "-q")
    assert missed.code == 1 and missed.out.startswith("Not yet: the squared error is 9")
    flags = ("--model.weights.0.weight=[[2]]", "--set", "model.weights.0.bias=[3]")
    solved = cli("exercise", "line_by_hand", *flags, "-q")
    assert solved.code == 0 and solved.out.startswith("Reached")
    data = json.loads(cli("exercise", "line_by_hand", *flags, "-q", "--json").out)
    assert data["reached"] is True
