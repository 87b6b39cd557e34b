from pathlib import Path

import numpy as np
import pytest

import learnscope as ls
from tests.cli.calling import Cli
from tests.export.exported import answers


@pytest.mark.slow
def test_an_exported_run_answers_as_the_run_does(cli: Cli, finished: Path, tmp_path: Path) -> None:
    to = tmp_path / "deep" / "network"
    done = cli("export", "last", "--member=1", f"--to={to}", f"--out={finished}")
    assert (done.code, done.out.strip()) == (0, str(to / "predict.py"))
    run = ls.load_run(next(finished.glob("spirals/*")))
    x = np.random.default_rng(0).normal(scale=5, size=(200, 2))
    [[labels, shares]] = answers([to], [x], [["predict", "probabilities"]])
    np.testing.assert_array_equal(labels, run.predict(x, member=1))
    # Single precision.
    np.testing.assert_allclose(shares, run.predict_proba(x, member=1), atol=1e-5)


def test_a_folder_of_ones_own_is_not_written_over(cli: Cli, finished: Path, tmp_path: Path) -> None:
    where = ("export", "last", "--member=0", f"--to={tmp_path / 'a'}", f"--out={finished}")
    data = cli(*where, "--json").data
    assert (data["script"], data["member"]) == (str(tmp_path / "a" / "predict.py"), 0)
    before = (tmp_path / "a" / "predict.py").read_text()
    again = cli(*where)
    assert again.code == 2 and "the folder has something in it" in again.complaint
    assert (tmp_path / "a" / "predict.py").read_text() == before


def test_a_member_that_is_not_there_is_refused(cli: Cli, finished: Path, tmp_path: Path) -> None:
    refused = cli("export", "last", "--member=2", f"--to={tmp_path / 'a'}", f"--out={finished}")
    assert (refused.code, refused.complaint) == (2, "member must be 0 to 1, got 2.")
    assert not (tmp_path / "a").exists()
