import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.cli.calling import Cli

FILES = ("experiment.toml", "model.json", "weights.safetensors", "history.parquet", "DONE")


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A finished run that may be spoiled."""
    shutil.copytree(finished, tmp_path / "runs")
    return next((tmp_path / "runs").glob("spirals/*"))


@pytest.mark.parametrize("name", FILES)
def test_a_run_without_one_of_its_files_is_refused(cli: Cli, run: Path, name: str) -> None:
    (run / name).unlink()
    answer = cli("report", str(run))
    assert answer.code == (2 if name == "experiment.toml" else 1)
    assert answer.out == ""
    assert str(run) in answer.complaint
    assert not (run / "report.html").exists()


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors", "history.parquet"])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.7, 0.99])
def test_a_file_that_was_cut_short_is_refused(cli: Cli, run: Path, name: str, kept: float) -> None:
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: int(kept * len(content))])
    answer = cli("report", str(run))
    assert answer.code == 1
    assert name in answer.complaint


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", ["experiment.toml", "meta.json"])
def test_settings_that_were_cut_short_never_end_in_a_traceback(
    cli: Cli, run: Path, name: str, kept: float
) -> None:
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: int(kept * len(content))])
    for argv in (["runs", "list", f"--out={run.parent.parent}"], ["runs", "show", str(run)]):
        answer = cli(*argv)
        assert answer.code in {0, 1, 2}
        assert answer.code == 0 or answer.complaint


@pytest.mark.parametrize(
    "argv",
    [
        ["report"],
        ["predict", "new.csv"],
        ["show", "--toml"],
        ["runs", "show"],
        ["runs", "show", "--json"],
    ],
)
def test_settings_that_were_edited_after_the_training_are_refused_everywhere(
    cli: Cli, run: Path, tmp_path: Path, argv: list[str]
) -> None:
    path = run / "experiment.toml"
    path.write_text(path.read_text().replace("lr = 0.01", "lr = 0.02"))
    (tmp_path / "new.csv").write_text("x1,x2\n1,2\n")
    words = 2 if argv[0] == "runs" else 1
    # "last" where a folder would be read as an experiment file of one's own.
    rest = [str(tmp_path / word) if word.endswith(".csv") else word for word in argv[words:]]
    answer = cli(*argv[:words], "last", *rest, f"--out={run.parent.parent}")
    assert answer.code == 1
    assert "was changed or cut short since the run began" in answer.err


@pytest.mark.parametrize("content", [None, "", "[1]", '{"metrics": null}'])
def test_notes_that_are_missing_or_damaged_are_said_to_be(
    cli: Cli, run: Path, content: str | None
) -> None:
    meta = run / "meta.json"
    meta.unlink()
    if content is not None:
        meta.write_text(content)
    answer = cli("runs", "show", str(run))
    assert answer.code == 1
    assert "meta.json' is missing or damaged" in answer.complaint
    text = cli("runs", "list", f"--out={run.parent.parent}").out
    assert "meta.json is missing or damaged" in text


def test_a_stopped_run_without_notes_can_go_on(cli: Cli, run: Path) -> None:
    (run / "meta.json").unlink()
    (run / "DONE").unlink()
    answer = cli("runs", "show", str(run))
    assert answer.code == 1
    assert f"Go on with 'learnscope run --resume {run}', which writes" in answer.complaint
    assert cli("run", "--resume", str(run), "--no-report", "-q").code == 0
    assert cli("runs", "show", str(run)).code == 0


def test_a_member_at_work_shows_as_interrupted_and_cannot_answer(cli: Cli, run: Path) -> None:
    (run / "DONE").unlink()
    out = f"--out={run.parent.parent}"
    assert cli("runs", "list", out, "--json").data["runs"][0]["state"] == "interrupted"
    answer = cli("predict", str(run), "-")
    assert answer.code == 1
    assert f"learnscope run --resume {run}" in answer.complaint


def spoiled(change: str, tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    name = "layers.0.weight"
    if change == "shape":
        return {**tensors, name: np.ascontiguousarray(tensors[name][:, :, :1])}
    if change == "dtype":
        return {**tensors, name: tensors[name].astype(np.float64)}
    if change == "missing":
        return {k: v for k, v in tensors.items() if k != name}
    return {**tensors, "extra": np.zeros(2, np.float32)}


@pytest.mark.parametrize("change", ["shape", "dtype", "missing", "extra"])
def test_weights_that_do_not_fit_the_settings_are_refused(cli: Cli, run: Path, change: str) -> None:
    path = run / "weights.safetensors"
    save_file(spoiled(change, load_file(path)), path)
    for argv in (["report", str(run)], ["predict", str(run), "-"]):
        answer = cli(*argv)
        assert answer.code == 1
        assert "weights.safetensors" in answer.complaint


class Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_in_place_of_weights_is_refused_and_never_run(
    cli: Cli, run: Path, tmp_path: Path
) -> None:
    sprung = tmp_path / "sprung"
    (run / "weights.safetensors").write_bytes(pickle.dumps(Trap(sprung)))
    answer = cli("predict", str(run), "-")
    assert answer.code == 1
    assert "weights.safetensors" in answer.complaint
    assert not sprung.exists()


def test_data_that_have_changed_are_noticed(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    lines = [f"{i},{i % 7},{i * i}" for i in range(30)]
    table.write_text("\n".join(["a,b,y", *lines]) + "\n")
    flags = ("--target=y", "--route=torch", "--training.epochs=2", "--no-report", "-q")
    path = cli("run", str(table), *flags, f"--out={tmp_path}").out.strip()
    table.write_text("\n".join(["a,b,y", "0,0,1", *lines[1:]]) + "\n")
    answer = cli("report", path)
    assert answer.code == 1
    assert "have changed since it was trained" in answer.complaint
