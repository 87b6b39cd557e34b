import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from learnscope.datasets.places import cache_folder
from learnscope.datasets.sets import FASHION_MNIST, MNIST, SETS
from tests.cli.calling import Cli
from tests.datasets import serving as serve
from tests.datasets.making import contents, small_set, write_set
from tests.datasets.serving import Server, serving

TRAINING = (
    "--problem.n=30",
    "--problem.n_test=20",
    "--model.hidden=4",
    "--training.loss=cross_entropy",
    "--training.epochs=3",
    "--training.batch_size=16",
    "--progress=none",
    "--route=torch",
)


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data, no network and no proxy of this machine; runs go to a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("LEARNSCOPE_DATA", raising=False)
    monkeypatch.delenv("LEARNSCOPE_OFFLINE", raising=False)
    monkeypatch.setitem(SETS, "fashion_mnist", replace(FASHION_MNIST, mirrors=()))
    monkeypatch.setitem(SETS, "mnist", replace(small_set(), mirrors=()))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    packed = {
        f"{getattr(MNIST, word).name}.gz": gzip.compress(data, mtime=0)
        for word, data in contents().items()
    }
    with serving(packed) as server:
        yield server


def test_list_says_what_is_here_and_what_is_not(cli: Cli) -> None:
    folder = write_set(cache_folder(MNIST))
    for word in ("", "list"):
        answer = cli("data", *word.split())
        assert answer.code == 0 and answer.err == ""
        assert "here, verified" in answer.out and str(folder) in answer.out
        assert "not here" in answer.out and "30.9 MB to download" in answer.out
        assert "learnscope data get fashion_mnist" in answer.out
        facts = {row["name"]: row for row in cli("data", *word.split(), "--json").data["sets"]}
        assert facts["mnist"]["verified"] is True
        assert {row["state"] for row in facts["mnist"]["files"]} == {"verified"}
        assert facts["fashion_mnist"]["folder"] is None
        assert facts["fashion_mnist"]["download_bytes"] == 30_878_645


def test_get_downloads_once_and_a_run_finds_the_files(cli: Cli, server: Server) -> None:
    words = ("data", "get", "mnist", f"--mirror={server.address}")
    answer = cli(*words)
    assert answer.code == 0, answer.err
    assert f"MNIST is in {cache_folder(MNIST)}: " in answer.out
    assert "every file verified" in answer.out
    assert answer.err.count("train-images-idx3-ubyte.gz: ") >= 1
    assert len(server.asked) == 4
    again = cli(*words, "--json")
    assert again.data["verified"] is True and again.err == ""
    assert len(server.asked) == 4
    assert cli("data", "verify").code == 0
    run = cli("run", "--problem=mnist", "--no-report", *TRAINING)
    assert run.code == 0, run.err


def test_get_to_another_folder_says_how_runs_find_it(cli: Cli, server: Server) -> None:
    answer = cli("data", "get", "mnist", "--to", "here", f"--mirror={server.address}", "-q")
    assert answer.code == 0 and answer.err == ""
    assert f"Runs find it with LEARNSCOPE_DATA={Path('here').resolve()}" in answer.out


def test_get_explains_why_it_failed_with_exit_code_1(cli: Cli, server: Server) -> None:
    server.next(serve.status(404))
    answer = cli("data", "get", "mnist", f"--mirror={server.address}", "--json")
    assert answer.code == 1
    assert "cannot be downloaded: 127.0.0.1" in answer.data["error"]
    assert "404 Not Found" in answer.data["error"]
    assert cli("data", "get", "mnits").code == 2


def test_verify_names_every_bad_file_with_exit_code_1(cli: Cli) -> None:
    folder = write_set(cache_folder(MNIST))
    assert cli("data", "verify", "mnist").code == 0
    path = folder / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    answer = cli("data", "verify", "mnist")
    assert answer.code == 1
    assert answer.complaint.startswith(f"{str(path)!r} ends within its compressed data.")
    assert [row.split()[-1] for row in answer.out.splitlines()[1:]].count("damaged") == 1
    assert cli("data", "verify", "--json").data["sets"][0]["verified"] is False
    assert "here, 1 of 4 files not as published" in cli("data").out


def test_verify_of_what_is_not_here(cli: Cli) -> None:
    nothing = cli("data", "verify")
    assert nothing.code == 0 and "nothing to verify" in nothing.err
    answer = cli("data", "verify", "mnist")
    assert answer.code == 1 and answer.complaint.startswith("The files of MNIST are not here")


def test_help_has_examples(cli: Cli) -> None:
    assert "learnscope data get mnist" in cli("data", "get", "--help").out
    assert all(word in cli("data", "--help").out for word in ("list", "get", "verify"))


def test_a_run_without_its_files_says_in_one_sentence_what_to_do(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNSCOPE_OFFLINE", "1")
    answer = cli("run", "--problem=mnist", *TRAINING)
    assert answer.code == 1
    assert answer.complaint.startswith("The files of MNIST are not here (they are not in '")
    assert not Path("runs").exists()


def test_digits_stand_in_aloud_where_the_run_allows_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNSCOPE_OFFLINE", "1")
    words = ("--problem=mnist", "--problem.fallback=digits", *TRAINING)
    answer = cli("run", *words)
    assert answer.code == 0, answer.err
    assert "warning: the files of mnist are not here: the digits that come with" in answer.err
    (report,) = Path("runs").rglob("report.html")
    assert "In place of MNIST, whose files are not here: 50 random rows" in report.read_text()
    assert 'stands_for = "mnist"' in (report.parent / "experiment.toml").read_text()
    for dry in (cli("run", *words, "--dry-run"), cli("show", *words[:-2])):
        assert dry.code == 0, dry.err
        assert "warning: the files of mnist are not here" in dry.err


def test_the_problem_is_explained_without_its_files(cli: Cli) -> None:
    answer = cli("show", "fashion_mnist")
    assert answer.code == 0
    assert "articles of clothing" in answer.out and "problem.fallback" in answer.out
    assert "learnscope data get fashion_mnist" in answer.err


def test_images_are_trained_on_from_the_command_line_to_the_report(cli: Cli) -> None:
    write_set(cache_folder(MNIST))
    answer = cli("run", "--problem=mnist", "--json", *TRAINING)
    assert answer.code == 0, answer.err
    (report,) = Path("runs").rglob("report.html")
    assert "30 train and 20 test images" in report.read_text()
