from pathlib import Path

import pytest
from sklearn.datasets import load_digits

import learnscope as ls
from learnscope.problems import PROBLEMS
from tests.cli.calling import SMALL, Cli


def test_list_has_a_line_for_every_problem(cli: Cli) -> None:
    found = cli("list", "--json").data["problems"]
    assert [row["name"] for row in found] == list(PROBLEMS)
    assert all(len(row["summary"].split()) > 4 for row in found)
    text = cli("list").out
    assert "\nProblems\n" in text
    assert all(f"  {name} " in text for name in PROBLEMS)


@pytest.mark.parametrize("name", ["moons", "digits", "iris"])
def test_a_problem_in_place_of_an_experiment_is_refused_with_the_way_to_it(
    cli: Cli, name: str
) -> None:
    answer = cli("run", name)
    assert answer.code == 2
    assert answer.complaint == (
        f"There is no experiment {name!r}; {name!r} is a problem: use 'learnscope run --problem "
        f"{name}'."
    )


def test_the_problem_of_a_file_of_ones_own_is_run_by_its_file(cli: Cli) -> None:
    assert "use 'learnscope run FILE.csv --target COLUMN'" in cli("run", "csv").complaint


def test_show_explains_a_problem(cli: Cli, tmp_path: Path) -> None:
    data = cli("show", "digits", "--json", f"--out={tmp_path}").data["problem"]
    digits = load_digits()
    assert (data["rows"], len(data["columns"])) == digits.data.shape
    assert data["outputs"] == [str(c) for c in digits.target_names]
    assert data["floor"] is None
    text = cli("show", "digits", f"--out={tmp_path}").out
    assert "1797 rows of 64 inputs" in text
    assert "The best possible result is not known" in text
    assert "problem.n           none   rows, drawn without replacement" in text


def test_settings_of_a_problem_change_what_is_shown(cli: Cli, tmp_path: Path) -> None:
    flags = ("--problem.n=7", "--problem.noise=0", "--json", f"--out={tmp_path}")
    data = cli("show", "moons", *flags).data["problem"]
    # 7 points on each of 2 moons; without noise they do not overlap.
    assert data["rows"] == 14
    assert data["floor"] == pytest.approx(0.0, abs=1e-3)
    values = {row["name"]: row["value"] for row in data["settings"]}
    assert values == {"seed": None, "n": 7, "noise": 0.0}
    assert all(row["meaning"] for row in data["settings"])


def test_settings_of_an_experiment_are_none_of_a_problem(cli: Cli, tmp_path: Path) -> None:
    answer = cli("show", "moons", "--training.lr=1", f"--out={tmp_path}")
    assert answer.code == 2
    assert "training.lr is a setting of an experiment, and 'moons' is a problem" in answer.complaint


def test_every_problem_can_be_shown_with_the_meaning_of_each_setting(
    cli: Cli, tmp_path: Path
) -> None:
    for name in PROBLEMS.keys() - set(ls.names()):
        data = cli("show", name, "--json", f"--out={tmp_path}").data["problem"]
        assert data["kind"] == name
        assert [row["name"] for row in data["settings"] if not row["meaning"]] == [], name


def test_a_problem_as_toml_can_be_run(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(cli("show", "moons", "--toml", f"--out={tmp_path}").out)
    assert ls.load_experiment(path) == ls.Experiment(name="moons", problem="moons")


def test_another_problem_has_another_name_and_no_title(cli: Cli) -> None:
    flags = ("--problem.kind=digits", "--training.loss=cross_entropy", "--dry-run", "--json")
    data = cli("run", "spirals", *flags).data["experiment"]
    assert (data["name"], data["title"]) == ("digits", "")
    own = ("--name=mine", "--title=My digits")
    data = cli("run", "spirals", *flags, *own).data["experiment"]
    assert (data["name"], data["title"]) == ("mine", "My digits")
    data = cli("run", "spirals", "--problem.kind=spirals", "--dry-run", "--json").data["experiment"]
    assert (data["name"], data["title"]) == ("spirals", ls.named("spirals").title)


def test_settings_alone_have_the_name_of_their_problem(cli: Cli) -> None:
    data = cli("run", "--problem=moons", *SMALL, "--dry-run", "--json").data["experiment"]
    assert data["name"] == "moons"
