import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from learnscope.cli import app
from learnscope.errors import DataError, InputError, Interrupted, LearnscopeError
from tests.cli.calling import Cli

COMMANDS = [[name] for name in app.COMMANDS if name not in app.GROUPS]
RUNS = [[group, name] for group, commands in app.GROUPS.items() for name in commands]
HEAVY = ("torch", "matplotlib", "polars", "sklearn", "scipy", "numba", "pydantic", "numpy")


def loaded(*argv: str) -> set[str]:
    """Return the packages that a fresh interpreter imports for these arguments."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *argv], capture_output=True, text=True, check=True
    )
    names = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert "learnscope" in names
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("flags", [["--help"], ["--version"], ["runs", "--help"]])
def test_help_and_version_load_nothing_heavy(flags: list[str]) -> None:
    assert loaded("-m", "learnscope", *flags).isdisjoint(HEAVY)


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert loaded("-c", "import learnscope").isdisjoint({*HEAVY, "rich", "cyclopts"})


@pytest.mark.parametrize("command", ["run", "show", "list", "predict"])
def test_help_of_a_command_loads_no_trainer_and_no_pictures(command: str) -> None:
    heavy = {"torch", "matplotlib", "polars", "sklearn", "numba"}
    assert loaded("-m", "learnscope", command, "--help").isdisjoint(heavy)


@pytest.mark.parametrize("command", [*COMMANDS, *RUNS])
def test_help_of_a_command_has_a_sentence_parameters_and_examples(
    cli: Cli, command: list[str]
) -> None:
    answer = cli(*command, "--help")
    assert answer.code == 0
    assert answer.err == ""
    assert answer.out.startswith(f"Usage: learnscope {' '.join(command)}")
    assert "─ Parameters ─" in answer.out
    assert f"Examples:\n  learnscope {' '.join(command)}" in answer.out
    # Every flag is explained: words stand beside it.
    flags = [line.strip("│ ") for line in answer.out.splitlines() if line.startswith("│ --")]
    assert all(len(row.split()) > 3 for row in flags)


@pytest.mark.parametrize("argv", [[], ["--help"], ["help"], ["-h"]])
def test_without_a_command_the_commands_are_listed(cli: Cli, argv: list[str]) -> None:
    answer = cli(*argv)
    assert answer.code == 0
    assert all(f"│ {name} " in answer.out for name in app.COMMANDS)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["rum"], 'Unknown command "rum". Did you mean "run"?'),
        (["runs", "sho"], 'Unknown command "sho". Did you mean "show"?'),
        (["run", "spirals", "--sedes", "3"], "Unknown option: --sedes. Did you mean --seeds?"),
        (["run", "spirals", "--seed", "x"], 'Invalid value for --seed: unable to convert "x"'),
        (["run", "spirals", "--model.hiden", "8"], "no setting 'hiden'. Did you mean 'hidden'?"),
        (["run", "spirals", "--modle.hidden=8"], "no setting 'modle'. Did you mean 'model'?"),
        (["run", "spirls"], "no experiment 'spirls', and no file of that name. Did you mean"),
        (["run", "spirals", "--route", "fast"], 'Invalid value "fast" for --route'),
        (["run", "spirals", "--training.lr=abc"], "training.lr must be a number, got 'abc'."),
        (["run", "spirals", "--seeds=0"], "seeds must be >= 1, got 0."),
        (["run"], "Say what: a name"),
        (["run", "no.toml"], "There is no file 'no.toml'."),
        (["run", "no.csv", "--target", "y"], "there is no file"),
        (["run", "spirals", "--target", "y"], "--target names a column of a CSV file"),
        (["run", "spirals", "--resume", "last"], "--resume goes on with a run as it is"),
        (["show", "spirals", "--schema", "--toml"], "choose one"),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_2(cli: Cli, argv: list[str], message: str) -> None:
    answer = cli(*argv)
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.complaint


@pytest.mark.parametrize("flag", ["--seed", "--see", "--seeds", "--dry", "--verb", "--prog"])
def test_flags_are_never_abbreviated(cli: Cli, flag: str) -> None:
    known = {"--seed", "--seeds"}
    answer = cli("run", "spirals", flag, "abc")
    assert answer.code == 2
    assert answer.complaint.startswith("Invalid value" if flag in known else "Unknown option")


def test_with_json_an_error_is_one_object_too(cli: Cli) -> None:
    answer = cli("run", "spirls", "--json")
    assert answer.code == 2
    assert answer.data == {"error": answer.complaint, "exit_code": 2}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("a"), 2),
        (DataError("a"), 1),
        (LearnscopeError("a"), 1),
        (Interrupted("a"), 130),
        (KeyboardInterrupt(), 130),
        (MemoryError(), 1),
        (OSError(28, "No space left on device", "f"), 1),
        (ZeroDivisionError("a"), 1),
    ],
)
def test_every_error_has_its_exit_code_and_no_traceback(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(tokens: list[str]) -> int:
        raise error

    monkeypatch.setattr(app, "_dispatch", fail)
    answer = cli("list")
    assert answer.code == code
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err


def test_debug_shows_the_traceback(cli: Cli) -> None:
    answer = cli("run", "spirls", "--debug")
    assert answer.code == 2
    assert "Traceback" in answer.err
    assert "There is no experiment 'spirls'" in answer.err


def test_a_reader_that_goes_away_is_no_error_to_complain_of() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "learnscope", "list"], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_full_disk_behind_stdout_is_one_sentence() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "learnscope", "list"], stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"learnscope: ")
    assert done.stderr.count(b"\n") == 1


def test_colours_are_used_on_a_terminal_alone(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in cli("list").out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1m" in cli("list").out


def test_list_names_every_experiment_once(cli: Cli) -> None:
    from learnscope.catalogue import names

    found = [e["name"] for e in json.loads(cli("list", "--json").out)["experiments"]]
    assert tuple(sorted(found)) == names()
    text = cli("list").out
    assert all(f"  {name} " in text for name in names())
