"""`learnscope run --budget`, and going on afterwards."""

from pathlib import Path

import numpy as np
import pytest

import learnscope as ls
from learnscope.cli.budget import read_seconds
from learnscope.errors import InputError
from tests.cli.calling import Cli

LONG = (
    "--problem.n=20", "--model.hidden=3", "--model.output=identity", "--training.lr=0.01",
    "--training.eval_every=1000", "--progress=none", "--no-report",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("2m", 120), ("1.5h", 5400), ("500ms", 0.5), (" 2 min", 120), ("90S", 90)],
)
def test_a_time_has_a_unit(text: str, seconds: float) -> None:
    assert read_seconds("--budget", text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["30", "s", "-3s", "0s", "3 weeks", "", "1e3s", "nan s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"--budget must be a time above 0 with its unit, for"):
        read_seconds("--budget", text)


@pytest.mark.parametrize(("route", "epochs"), [("fused", 200_000), ("torch", 700)])
def test_a_run_out_of_time_is_shown_and_goes_on_to_the_same_weights(
    cli: Cli, tmp_path: Path, route: str, epochs: int
) -> None:
    flags = (f"--route={route}", "--seeds=6", f"--training.epochs={epochs}", *LONG)
    out = (f"--out={tmp_path}",)
    answer = cli("run", "spirals", *flags, "--budget=50ms", *out)
    assert answer.code == 0
    assert "of 6 members" in answer.out
    assert "The time budget of 0.05 s was up: " in answer.out
    assert "Go on with: learnscope run --resume" in answer.out
    (folder,) = (tmp_path / "spirals").iterdir()
    cut = ls.load_run(folder)
    left = cut.meta["budget"]
    assert len(cut.trained) + len(left["not_begun"]) == 6
    assert {r.seed for r in cut.results if r.status == "budget"} == set(left["cut"])
    assert cli("runs", "list", "--json", *out).data["runs"][0]["state"] == "budget"

    assert cli("run", "--resume=last", "--progress=none", "--no-report", *out).code == 0
    done = ls.load_run(folder)
    assert "budget" not in done.meta and len(done.trained) == 6
    assert not list(folder.glob("checkpoint*")) and not (folder / "parts").exists()
    whole = ls.train(done.experiment, route=route)  # type: ignore[arg-type]
    for a, b in zip(done.results, whole.results, strict=True):
        assert a.status == "trained"
        for name in b.parameters:
            np.testing.assert_array_equal(a.parameters[name], b.parameters[name])
        np.testing.assert_array_equal(a.history["train_loss"], b.history["train_loss"])
