"""The command `learnscope doctor`, as its user calls it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.calling import Cli
from tests.doctor.conftest import SCRIPTS


def test_faulty_script_ends_with_status_3_and_its_line(cli: Cli) -> None:
    answer = cli("doctor", str(SCRIPTS / "eval_never_train.py"))
    assert answer.code == 3
    assert "eval_never_train.py:17" in answer.out
    assert "training-in-eval-mode" in answer.out
    assert "model.train()" in answer.out


def test_sound_script_with_arguments_of_its_own_is_healthy(cli: Cli) -> None:
    answer = cli("doctor", str(SCRIPTS / "sound_loader.py"), "--json", "--epochs", "6")
    # What the program prints is no part of the answer.
    assert answer.data["verdict"] in {"healthy", "at_ceiling"}, answer.data["findings"]
    assert answer.code == 0
    assert len(re.findall(r"^\d ", answer.err, flags=re.MULTILINE)) == 6


def test_error_is_explained_in_json(cli: Cli) -> None:
    answer = cli("doctor", str(SCRIPTS / "raises_conv.py"), "--json")
    assert answer.code == 3
    assert answer.data["error"]["kind"] == "RuntimeError"
    assert answer.data["findings"][0]["slug"] == "shape-mismatch"
    assert "Traceback" in answer.err


def test_error_of_the_program_s_own_ends_with_status_1(
    cli: Cli, script: Callable[[str], Path]
) -> None:
    answer = cli("doctor", str(script("raise KeyError('no data')\n")))
    assert answer.code == 1
    assert "train.py:1 (KeyError)" in answer.out


def test_process_that_ends_itself_is_told(cli: Cli, script: Callable[[str], Path]) -> None:
    answer = cli("doctor", str(script("import os\nos._exit(7)\n")))
    assert answer.code == 1
    assert "ended its process by itself (status 7)" in answer.err


def test_static_runs_nothing(cli: Cli, script: Callable[[str], Path], tmp_path: Path) -> None:
    text = (SCRIPTS / "softmax_functional.py").read_text()
    path = script(f"open({str(tmp_path / 'ran')!r}, 'w')\n{text}")
    answer = cli("doctor", str(path), "--static", "--json")
    assert answer.code == 3
    assert [f["slug"] for f in answer.data["findings"]] == ["softmax-before-cross-entropy"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no `patch` here")
def test_fix_is_a_patch_that_patches(cli: Cli, script: Callable[[str], Path]) -> None:
    path = script((SCRIPTS / "not_cleared_loader.py").read_text())
    before = path.read_text()
    answer = cli("doctor", str(path), "--static", "--fix")
    assert answer.code == 3
    assert path.read_text() == before
    done = subprocess.run(
        ["patch", "-p0", str(path)], input=answer.out, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout
    assert "        optimizer.zero_grad()\n        loss.backward()\n" in path.read_text()


def test_notebook_runs_cell_by_cell_without_its_magics(cli: Cli, tmp_path: Path) -> None:
    lines = (SCRIPTS / "broadcast_metric_module.py").read_text().split("torch.manual_seed(0)\n")
    cells = [
        {"cell_type": "markdown", "source": ["# A notebook"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip list\n", lines[0]]},
        {"cell_type": "code", "source": "%%bash\nexit 1"},
        {"cell_type": "code", "source": ["torch.manual_seed(0)\n" + lines[1]]},
    ]
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}))
    answer = cli("doctor", str(path), "--json")
    assert answer.code == 3, answer.err
    first = answer.data["findings"][0]
    assert first["slug"] == "broadcast-metric"
    assert re.fullmatch(r"book\.ipynb\[4\]:\d+", first["where"])
    assert answer.data["skipped"] == [
        "book.ipynb[2]:1 %matplotlib inline",
        "book.ipynb[2]:2 !pip list",
        "book.ipynb[3]:1 %%bash",
    ]


def test_page_stands_alone_and_has_pictures(cli: Cli, tmp_path: Path) -> None:
    page = tmp_path / "doctor.html"
    answer = cli("doctor", str(SCRIPTS / "never_eval.py"), f"--report={page}")
    assert answer.code == 3
    text = page.read_text()
    assert "evaluation-in-training-mode" in text
    for name in ("loss", "gradient-flow", "updates", "activity", "ranges"):
        assert f'id="picture-{name}"' in text
    assert not re.findall(r'(?:src|href)="(?!#)', text)
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+", "", text)


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (("none.py",), "There is no file 'none.py'"),
        (("--budget=soon",), "--budget must be a time above 0"),
        (("--report=page.txt",), "--report must be a file that ends in .html"),
        (("--static", "--report=page.html"), "--report needs a run"),
    ],
)
def test_misuse_is_one_sentence(argv: tuple[str, ...], complaint: str, cli: Cli) -> None:
    given = argv if argv == ("none.py",) else (str(SCRIPTS / "sound_lbfgs.py"), *argv)
    answer = cli("doctor", *given)
    assert answer.code == 2
    assert complaint in answer.complaint


def test_help_says_that_running_is_running_code(cli: Cli) -> None:
    answer = cli("doctor", "--help")
    assert "Running a program is running its code" in " ".join(answer.out.split())
