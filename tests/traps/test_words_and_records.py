"""Defects of words and records: what is said is what was run, and what is named exists."""

import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import learnscope as ls
from learnscope.catalogue import read_entry
from learnscope.cli import main

SMALL = {
    "problem": {"kind": "spirals", "n": 20},
    "training": {"epochs": 3},
}


@pytest.mark.parametrize("units", [3, 7])
def test_t35_a_report_says_what_was_run(units: int) -> None:
    run = ls.train(ls.Experiment(**SMALL, model={"kind": "mlp", "hidden": [units]}))
    # Tags apart, as a reader sees it.
    page = " ".join(re.sub(r"<[^>]+>", " ", run.report()).split())
    # 2 h weights and h biases, then h weights and a bias.
    text = f"hidden layers {units} (relu) with {4 * units + 1} parameters, trained for 3 epochs"
    assert text in page
    assert f"hidden layers {10 - units}" not in page


def test_t36_a_run_is_never_overwritten_and_never_changed(tmp_path: Path) -> None:
    first = ls.train(ls.Experiment(**SMALL, name="mine"), out=tmp_path)
    assert first.path is not None
    before = {p: p.read_bytes() for p in sorted(first.path.rglob("*")) if p.is_file()}
    other = ls.Experiment(**SMALL, name="mine").override({"training.lr": 0.1})
    second = ls.train(other, out=tmp_path)
    assert second.path != first.path
    assert before == {p: p.read_bytes() for p in before}
    with pytest.raises((ValidationError, AttributeError, TypeError)):
        first.experiment.seed = 3  # type: ignore[misc]
    with pytest.raises((AttributeError, TypeError)):
        first.trained[0].result = second.trained[0].result  # type: ignore[misc]


@pytest.mark.parametrize("name", ls.names())
def test_t43_every_experiment_that_is_named_can_be_shown(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for variant in read_entry(name).variants():
        assert ls.named(name, variant).to_toml()
    assert main(["show", name, "--toml"]) == 0
    assert capsys.readouterr().out


def test_t43_every_public_name_exists() -> None:
    for name in ls.__all__:
        assert getattr(ls, name) is not None


def test_t43_a_name_that_does_not_exist_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["show", "spirls"]) == 2
    assert "spirals" in capsys.readouterr().err


def test_t44_a_loss_of_exactly_zero_is_marked_on_a_logarithmic_axis() -> None:
    exact = ls.Experiment(
        problem={"kind": "sum", "n": 30},
        model={"kind": "linear", "weights": [{"weight": [[1.0, 1.0]], "bias": [0.0]}]},
        training={"epochs": 3, "optimizer": "sgd", "lr": 1e-3},
    )
    run = ls.train(exact)
    assert (run.trained[0].result.history["train_loss"] == 0).all()
    axes = run.plot.curves(log=True).axes[0]
    assert axes.get_yscale() == "log"
    heights = [np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()]
    drawn = np.concatenate([h[np.isfinite(h)] for h in heights])
    assert len(drawn) and (drawn > 0).all()
    assert any("exactly 0" in str(line.get_label()) for line in axes.get_lines())


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("and", "AND: 00 gives 0, 01 gives 0, 10 gives 0, 11 gives 1"),
        ("or", "OR: 00 gives 0, 01 gives 1, 10 gives 1, 11 gives 1"),
    ],
)
def test_t49_a_gate_shows_its_truth_table(
    table: str, rows: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "logic_gate", f"--set=problem.table={table}"]) == 0
    assert rows in " ".join(capsys.readouterr().out.split())
