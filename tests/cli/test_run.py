import errno
import json
import os
from pathlib import Path

import pytest

import learnscope as ls
from tests.cli.calling import SMALL, Cli

RUN = ("run", "spirals", "--no-report", *SMALL)
# Plain steps at a rate of 1 make the weights of some members grow without end, at 100 of all.
WILD = (
    "run", "spirals", "--no-report", "--route=torch", "--progress=none",
    "--model.output=identity", "--training.optimizer=sgd", "--training.epochs=60",
)  # fmt: skip


def test_json_is_one_object_with_what_the_run_holds(cli: Cli, tmp_path: Path) -> None:
    answer = cli(*RUN, "--seeds=2", "--json", f"--out={tmp_path}")
    assert answer.code == 0
    data = answer.data
    run = ls.load_run(data["path"])
    assert data["metrics"] == run.metrics
    assert data["members"] == 2
    assert data["statuses"] == ["trained", "trained"]
    assert data["route"] == "torch"
    assert data["status"] == "done"
    assert data["seconds_training"] > 0
    assert data["report"] is None
    assert data["verdict"]["word"]


def test_the_run_is_the_experiment_that_was_typed(cli: Cli, tmp_path: Path) -> None:
    path = cli(*RUN, "-q", "--seed=7", "--name=mine", f"--out={tmp_path}").out.strip()
    typed = {
        "problem.n": 20,
        "model.hidden": 3,
        "model.output": "identity",
        "training.epochs": 6,
        "training.lr": 0.01,
        "seed": 7,
        "name": "mine",
    }
    assert ls.load_experiment(f"{path}/experiment.toml") == ls.named("spirals").override(typed)
    assert Path(path).parent == tmp_path / "mine"


def test_data_go_to_stdout_and_the_rest_to_stderr(cli: Cli, tmp_path: Path) -> None:
    answer = cli(*RUN, "--seeds=2", f"--out={tmp_path}")
    assert answer.code == 0
    assert "test accuracy" in answer.out
    assert f"Run: {tmp_path}" in answer.out
    assert answer.err.startswith("learnscope: spirals: 2 interleaved spirals")


def test_a_warning_is_said_on_stderr_before_the_training(cli: Cli, tmp_path: Path) -> None:
    flags = [flag for flag in RUN if not flag.startswith("--model.output")]
    answer = cli(*flags, f"--out={tmp_path}")
    assert "warning: model.output = 'relu' gives a part of the runs" in answer.err


def test_a_setting_given_twice_is_refused(cli: Cli) -> None:
    answer = cli("run", "spirals", "--model.hidden=8", "--model.hidden=9")
    assert answer.code == 2
    assert "model.hidden was given twice: '8' and '9'" in answer.complaint


def test_a_flag_and_a_setting_for_the_same_are_refused(cli: Cli) -> None:
    answer = cli("run", "spirals", "--seeds=3", "--set=seeds=4")
    assert answer.code == 2
    assert answer.complaint == "seeds was given twice: '4' and '3'. Leave one."


def test_quiet_prints_the_folder_alone(cli: Cli, tmp_path: Path) -> None:
    answer = cli(*RUN, "-q", f"--out={tmp_path}")
    assert answer.err == ""
    assert Path(answer.out.strip()).is_dir()
    assert answer.out.count("\n") == 1


def test_verbose_names_the_route_and_every_member(cli: Cli, tmp_path: Path) -> None:
    out = cli(*RUN, "-v", "--seeds=3", f"--out={tmp_path}").out
    assert "Route: torch, asked for." in out
    assert [f"seed {k}: trained after 6 epochs" in out for k in range(3)] == [True] * 3


def test_the_report_is_written_where_it_is_said_to_be(cli: Cli, tmp_path: Path) -> None:
    data = cli("run", "spirals", *SMALL, "--json", f"--out={tmp_path}").data
    assert Path(data["report"]).read_text().lstrip().lower().startswith("<!doctype html")
    again = cli("report", "last", f"--out={tmp_path}")
    assert again.out.strip() == data["report"]


def test_the_command_in_the_notes_makes_the_same_run(cli: Cli, tmp_path: Path) -> None:
    import shlex

    first = cli(*RUN, "--seeds=2", "--json", f"--out={tmp_path}").data
    command = shlex.split(json.loads(Path(first["path"], "meta.json").read_text())["command"])
    again = cli(*command[1:], "--json", "--no-report", "--route=torch", f"--out={tmp_path}").data
    assert again["metrics"] == first["metrics"]


def test_a_file_a_name_and_settings_alone_give_the_same_run(cli: Cli, tmp_path: Path) -> None:
    toml = tmp_path / "mine.toml"
    toml.write_text(ls.named("spirals").to_toml())
    problem = ("--problem=spirals", "--problem.noise=0.5", "--problem.twins=true")
    train = ("--training.split.test=0.3", "--model=mlp", "--name=spirals")
    rest = ("--no-report", "--json", f"--out={tmp_path}")
    named = cli("run", "spirals", *SMALL, *rest).data
    assert cli("run", str(toml), *SMALL, *rest).data["metrics"] == named["metrics"]
    assert cli("run", *problem, *train, *SMALL, *rest).data["metrics"] == named["metrics"]


@pytest.mark.parametrize("seeds", [1, 3])
def test_when_all_members_diverge_the_run_failed(cli: Cli, tmp_path: Path, seeds: int) -> None:
    flags = ("--training.lr=100", f"--seeds={seeds}", "--json", f"--out={tmp_path}")
    answer = cli(*WILD, *flags)
    assert answer.code == 1
    assert answer.data["statuses"] == ["diverged"] * seeds
    assert answer.data["metrics"]["test_accuracy"] == [None] * seeds
    assert f"{seeds} of {seeds} members diverged. " in answer.err


def test_when_some_members_diverge_the_exit_code_is_3(cli: Cli, tmp_path: Path) -> None:
    answer = cli(*WILD, "--training.lr=1", "--seeds=3", "--json", f"--out={tmp_path}")
    assert answer.code == 3
    statuses, scores = answer.data["statuses"], answer.data["metrics"]["test_accuracy"]
    lost = statuses.count("diverged")
    assert 0 < lost < 3
    assert [score is None for score in scores] == [s == "diverged" for s in statuses]
    assert f"{lost} of 3 members diverged. " in answer.err


def test_dry_run_trains_and_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    flags = ("--dry-run", "--seeds=4", "--training.batch_size=8", f"--out={out}")
    data = cli(*RUN, *flags, "--json").data
    assert not out.exists()
    # 20 points on each of 2 arms, 70 % of them for training: 28 rows are 4 batches of 8.
    assert data["rows"] == 28
    assert data["updates"] == 4 * 6 * 4
    # 2-3-1 with biases.
    assert data["parameters"] == 3 * 2 + 3 + 3 + 1
    assert data["members"] == 4
    assert data["seconds"] > 0
    assert "4 members with 13 parameters each" in cli(*RUN, *flags).out


def test_dry_run_shows_faults_of_the_data(cli: Cli, tmp_path: Path) -> None:
    flags = ("--training.split.test=0.99", "--dry-run", f"--out={tmp_path}")
    assert cli(*RUN, *flags).code in {1, 2}


@pytest.mark.parametrize("place", ["file", "file/deeper"])
def test_a_place_that_is_no_folder_is_refused(cli: Cli, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    answer = cli(*RUN, "-q", f"--out={tmp_path / place}")
    assert answer.code == 1
    assert "cannot be made" in answer.complaint
    assert "--out" in answer.complaint


def test_a_full_disk_is_one_sentence(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    answer = cli(*RUN, "-q", f"--out={tmp_path}")
    assert answer.code == 1
    assert "cannot be written: No space left on device" in answer.complaint


def test_a_file_that_is_not_toml_is_refused(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("this is = = not")
    answer = cli("run", str(path))
    assert answer.code == 2
    assert f"{str(path)!r} is not TOML" in answer.complaint


def test_resume_of_a_finished_run_gives_the_same_answer(cli: Cli, tmp_path: Path) -> None:
    first = cli(*RUN, "--json", f"--out={tmp_path}").data
    again = cli("run", "--resume", "last", "--no-report", "--json", f"--out={tmp_path}").data
    assert again == first


def test_resume_without_runs_is_refused(cli: Cli, tmp_path: Path) -> None:
    answer = cli("run", "--resume", "last", f"--out={tmp_path}")
    assert answer.code == 2
    assert "There is no run in" in answer.complaint
