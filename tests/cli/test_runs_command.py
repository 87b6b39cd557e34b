import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import learnscope as ls
from learnscope.cli.compare import differences
from learnscope.cli.figures import main_metric, spread_text
from learnscope.runs.folder import held
from tests.cli.calling import SMALL, Cli


@pytest.fixture
def two(finished: Path, tmp_path: Path, cli: Cli) -> tuple[Path, str, str]:
    """A folder with two runs, and their stamps, oldest first."""
    out = tmp_path / "runs"
    shutil.copytree(finished, out)
    first = next(out.glob("spirals/*"))
    flags = [flag for flag in SMALL if not flag.startswith(("--training.lr", "--model.hidden"))]
    changed = ("--training.lr=0.1", "--model.hidden=4,4", "--name=other", "--seeds=2")
    path = cli("run", "spirals", *flags, *changed, "-q", "--no-report", f"--out={out}").out.strip()
    return out, first.name, Path(path).name


def test_list_is_newest_first_with_state_and_main_figure(
    cli: Cli, two: tuple[Path, str, str]
) -> None:
    out, old, new = two
    lines = cli("runs", "list", f"--out={out}").out.splitlines()
    assert [line.split()[0] for line in lines] == ["stamp", new, old]
    assert all(line.split()[2:5] == ["done", "2", "test_accuracy"] for line in lines[1:])
    data = cli("runs", "list", "--json", f"--out={out}").data
    assert [run["stamp"] for run in data["runs"]] == [new, old]


def test_compare_says_every_differing_setting_and_then_the_figures(
    cli: Cli, two: tuple[Path, str, str]
) -> None:
    out, old, new = two
    data = cli("runs", "compare", old, new, "--json", f"--out={out}").data
    assert data["differences"] == {
        "name": ["spirals", "other"],
        "model.hidden": [[3], [4, 4]],
        "training.lr": [0.01, 0.1],
    }
    text = cli("runs", "compare", old, new, f"--out={out}").out
    assert text.startswith("Settings that differ\nsetting")
    assert text.index("training.lr") < text.index("figure") < text.index("test_accuracy")


def test_compare_says_whether_the_difference_is_more_than_chance(
    cli: Cli, two: tuple[Path, str, str]
) -> None:
    out, old, new = two
    (pair,) = cli("runs", "compare", old, new, "--json", f"--out={out}").data["comparisons"]
    # Spirals are drawn anew for each seed, and both runs have the seeds 0 and 1.
    assert (pair["same_rows"], pair["same_data"]) == (True, False)
    assert [a["method"].split(",")[0] for a in pair["answers"]] == [
        "McNemar's exact test",
        "paired t",
    ]
    runs = [ls.load_run(next(out.glob(f"*/{stamp}"))) for stamp in (old, new)]
    means = [sum(run.metrics["test_accuracy"]) / 2 for run in runs]
    assert pair["answers"][1]["value"] == pytest.approx(means[0] - means[1])
    text = cli("runs", "compare", old, new, f"--out={out}").out
    assert "spirals minus other, test accuracy" in text
    assert "These settings, with other seeds" in text
    assert "not significant" in text or "is better" in text


def test_compare_says_why_there_is_no_test(cli: Cli, two: tuple[Path, str, str]) -> None:
    out, old, new = two
    (out / "other" / new / "DONE").unlink()
    (pair,) = cli("runs", "compare", old, new, "--json", f"--out={out}").data["comparisons"]
    assert "is not finished" in pair["obstacle"]
    assert "are not compared: The run" in cli("runs", "compare", old, new, f"--out={out}").out


def test_accuracies_have_the_digits_that_their_rows_carry(
    cli: Cli, two: tuple[Path, str, str]
) -> None:
    out, old, _ = two
    # 12 test rows of 40: one is worth 0.08.
    (line,) = [
        line
        for line in cli("runs", "show", old, f"--out={out}").out.splitlines()
        if line.startswith("test_accuracy")
    ]
    assert all(len(word.strip("[],")) <= 4 for word in line.split()[1:])


def test_differences_are_found_at_any_depth() -> None:
    a = {"x": {"kind": "a", "n": 1}, "f": [{"kind": "p"}], "h": [1, 2], "only": 3}
    b = {"x": {"kind": "b", "n": 1}, "f": [{"kind": "p"}, {"kind": "q"}], "h": [1, 3]}
    assert differences([a, b]) == {
        "x.kind": ["a", "b"],
        "f.1.kind": [None, "q"],
        "h": [[1, 2], [1, 3]],
        "only": [3, None],
    }
    assert differences([a, a, a]) == {}


@pytest.mark.parametrize("runs", [["last"], [], ["last", "last"]])
def test_compare_needs_two_runs(cli: Cli, finished: Path, runs: list[str]) -> None:
    answer = cli("runs", "compare", *runs, f"--out={finished}")
    assert answer.code == 2
    assert "'runs compare' needs" in answer.complaint


def test_show_has_what_the_run_noted(cli: Cli, finished: Path) -> None:
    data = cli("runs", "show", "last", "--json", f"--out={finished}").data
    run = ls.load_run(data["path"])
    assert data["metrics"] == run.metrics
    assert data["experiment"] == run.experiment.to_dict()
    assert data["state"] == "done"
    text = cli("runs", "show", "spirals", f"--out={finished}").out
    assert "test_accuracy" in text
    assert "learnscope run spirals --problem.n=20" in text


def test_list_of_nothing_is_no_error(cli: Cli, tmp_path: Path) -> None:
    answer = cli("runs", "list", f"--out={tmp_path}")
    assert (answer.code, answer.out) == (0, "")
    assert "there is no run" in answer.complaint
    assert cli("runs", "list", "--json", f"--out={tmp_path}").data == {"runs": []}


def test_rm_removes_a_run_and_its_empty_folder(cli: Cli, two: tuple[Path, str, str]) -> None:
    out, old, new = two
    assert cli("runs", "rm", old, "--yes", f"--out={out}").code == 0
    assert not (out / "spirals").exists()
    assert (out / "other" / new).is_dir()


def test_rm_asks_and_away_from_a_terminal_needs_yes(cli: Cli, two: tuple[Path, str, str]) -> None:
    out, old, _ = two
    answer = cli("runs", "rm", old, f"--out={out}")
    assert answer.code == 2
    assert "--yes" in answer.complaint
    assert (out / "spirals" / old).is_dir()


@pytest.mark.parametrize(("typed", "code"), [("n\n", 130), ("\n", 130), ("y\n", 0)])
def test_rm_on_a_terminal_does_what_is_answered(
    two: tuple[Path, str, str], typed: str, code: int
) -> None:
    out, old, _ = two
    ours, theirs = os.openpty()
    argv = [sys.executable, "-m", "learnscope", "runs", "rm", old, f"--out={out}"]
    process = subprocess.Popen(argv, stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL)
    os.write(ours, typed.encode())
    assert process.wait(60) == code
    os.close(theirs)
    os.close(ours)
    assert (out / "spirals" / old).exists() == (code != 0)


def test_rm_touches_nothing_that_is_not_a_run(cli: Cli, tmp_path: Path, finished: Path) -> None:
    mine = tmp_path / "papers"
    mine.mkdir()
    answer = cli("runs", "rm", str(mine), "--yes", f"--out={finished}")
    assert answer.code == 2
    # A folder of one's own with an experiment in it is no run either.
    (mine / "experiment.toml").write_text('[problem]\nkind = "spirals"\n')
    answer = cli("runs", "rm", str(mine), "--yes", f"--out={finished}")
    assert answer.code == 2
    assert "is left alone" in answer.complaint
    assert (mine / "experiment.toml").exists()


def test_rm_refuses_all_where_one_is_not_a_run(cli: Cli, two: tuple[Path, str, str]) -> None:
    out, old, _ = two
    answer = cli("runs", "rm", old, "nothing", "--yes", f"--out={out}")
    assert answer.code == 2
    assert (out / "spirals" / old).is_dir()


def test_rm_refuses_a_link_and_a_run_at_work(cli: Cli, two: tuple[Path, str, str]) -> None:
    out, old, new = two
    link = out / "spirals" / old.replace("20", "19", 1)
    link.symlink_to(out / "other" / new)
    assert cli("runs", "rm", str(link), "--yes", f"--out={out}").code == 2
    folder = out / "spirals" / old
    (folder / "DONE").unlink()
    with held(folder):
        answer = cli("runs", "rm", str(folder), "--yes", f"--out={out}")
    assert answer.code == 2
    assert "is being trained" in answer.complaint
    assert folder.is_dir()


def test_shares_of_few_rows_are_written_with_two_decimals() -> None:
    assert spread_text([0.8333, 0.9167, 1.0], 12) == "0.92 [0.83, 1.00]"
    notes = {"metrics": {"test_accuracy": [0.93333]}, "rows": {"test": 60}}
    assert main_metric(notes) == "test_accuracy 0.93"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.5, 0.75, 1.0], "0.75 [0.5, 1]"),
        ([None, 0.5, float("nan"), 1.0], "0.75 [0.5, 1]"),
        ([0.123456], "0.1235"),
        ([None], "-"),
        ([], "-"),
    ],
)
def test_spread_counts_the_members_with_a_number(values: list[float | None], text: str) -> None:
    assert spread_text(values) == text


def test_the_main_figure_is_the_first_that_there_is() -> None:
    assert main_metric({"metrics": {"train_loss": [1.0], "test_r2": [0.5, None]}}) == "test_r2 0.5"
    assert main_metric({"metrics": {"test_accuracy": [None]}}) == ""
    assert main_metric({}) == ""
    assert main_metric(json.loads('{"metrics": null}')) == ""
