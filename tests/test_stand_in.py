from pathlib import Path
from typing import Any

import numpy as np
import pytest

import learnscope as ls
from learnscope.errors import DataError
from learnscope.experiment import Experiment
from learnscope.stand_in import stand_in_text, with_stand_in
from learnscope.training.member import prepare
from tests.datasets.making import write_set


def experiment(path: Path, training: dict[str, Any] | None = None, **problem: Any) -> Experiment:
    return Experiment(
        problem={"kind": "mnist", "path": str(path), **problem},
        model={"kind": "mlp", "hidden": [4]},
        training={"loss": "cross_entropy", "epochs": 2, **(training or {})},
    )


def test_images_that_are_here_are_used(tmp_path: Path) -> None:
    wanted = experiment(write_set(tmp_path), fallback="digits")
    assert with_stand_in(wanted) is wanted
    assert stand_in_text(wanted) == ""


def test_nothing_stands_in_unasked(tmp_path: Path) -> None:
    wanted = experiment(tmp_path)
    assert with_stand_in(wanted) is wanted
    with pytest.raises(DataError, match=r"The files of MNIST are not here"):
        ls.train(wanted)


def test_digits_stand_in_and_the_run_says_so(tmp_path: Path) -> None:
    run = ls.train(experiment(tmp_path, n=200, n_test=50, fallback="digits", classes=(3, 8)))
    problem = run.experiment.to_dict()["problem"]
    assert problem["kind"] == "digits" and problem["stands_for"] == "mnist"
    assert problem["scale"] is True and problem["classes"] == [3, 8]
    assert run.experiment.problem.sentence().startswith("In place of MNIST, whose files are not he")
    assert "learnscope data get mnist" in stand_in_text(run.experiment)


def test_as_many_rows_stand_in_as_were_asked_for_where_there_are_so_many(tmp_path: Path) -> None:
    few = with_stand_in(experiment(tmp_path, n=200, n_test=50, fallback="digits"))
    rows = prepare(few, 0).rows
    assert (len(rows.train), len(rows.test)) == (200, 50)
    many = with_stand_in(experiment(tmp_path, n=6000, n_test=1000, fallback="digits"))
    assert len(prepare(many, 0).sample) == 1797


def test_what_was_asked_for_goes_on_to_the_digits(tmp_path: Path) -> None:
    split = {"split": {"kind": "given", "validation": 0.1}}
    wanted = experiment(tmp_path, split, seed=5, scale=False, fallback="digits")
    standing = with_stand_in(wanted)
    assert standing.problem.seed == 5
    member = prepare(standing, 0)
    assert member.sample.x.max() == 16
    assert len(member.rows.validation) > 0


def test_large_digits_have_the_size_of_what_they_stand_for(tmp_path: Path) -> None:
    standing = with_stand_in(experiment(tmp_path, n=50, n_test=10, fallback="large_digits"))
    sample = prepare(standing, 0).sample
    assert sample.shape == (1, 28, 28) and sample.x.shape == (60, 784)
    assert 0 <= sample.x.min() and sample.x.max() <= 1
    assert "drawn in 28 x 28" in standing.problem.sentence()


def test_drawing_larger_keeps_the_grey_of_every_image() -> None:
    small, large = (
        prepare(experiment_of_digits(side), 0).sample.x.mean(axis=1) for side in (8, 32)
    )
    # Linear interpolation keeps the sum but at the edge, where digits have no ink to speak of.
    assert np.abs(large - small).max() < 0.05 * small.max()


def experiment_of_digits(side: int) -> Experiment:
    return Experiment(
        problem={"kind": "digits", "n": 40, "side": side},
        model={"kind": "mlp", "hidden": [4]},
        training={"loss": "cross_entropy"},
    )
