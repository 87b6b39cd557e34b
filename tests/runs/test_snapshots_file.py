"""Snapshots in the folder of a run, and the run as it was after an epoch."""

from pathlib import Path

import numpy as np
import pytest

import learnscope as ls
from learnscope.errors import DataError, InputError
from learnscope.runs.snapshots import SNAPSHOTS
from learnscope.tensors import read_tensors, write_tensors

EXPERIMENT = ls.Experiment(
    problem={"kind": "spirals", "n": 20},
    model={"kind": "mlp", "hidden": [3]},
    training={"epochs": 6, "snapshots": [0, 2, 6]},
    seeds=2,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = ls.train(EXPERIMENT, out=tmp_path_factory.mktemp("runs"), route="torch")
    assert run.path is not None
    return run.path


def test_a_run_that_is_read_has_the_snapshots_it_was_trained_with(folder: Path) -> None:
    trained, read = ls.train(EXPERIMENT, route="torch"), ls.load_run(folder)
    for a, b in zip(trained.results, read.results, strict=True):
        assert a.snapshots.epochs == b.snapshots.epochs == (0, 2, 6)
        for name, stack in a.snapshots.parameters.items():
            np.testing.assert_array_equal(stack, b.snapshots.parameters[name], strict=True)


def test_the_run_after_an_epoch_answers_as_a_shorter_training_does(folder: Path) -> None:
    then = ls.load_run(folder).at(2)
    short = ls.train(EXPERIMENT.override({"training.epochs": 2, "training.snapshots": "none"}))
    x = np.random.default_rng(0).normal(size=(9, 2))
    # The routes differ by rounding, float32 over two updates.
    np.testing.assert_allclose(then.predict_proba(x), short.predict_proba(x), atol=1e-5)
    assert [r.epochs for r in then.results] == [2, 2]
    assert [r.history["epoch"][-1] for r in then.results] == [2, 2]
    then.plot.boundary(resolution=10)


def test_an_epoch_without_a_snapshot_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"no snapshot of epoch 3: it has 0, 2, 6\. Epochs to"):
        ls.load_run(folder).at(3)


def test_a_run_without_snapshots_has_no_such_file(tmp_path: Path) -> None:
    plain = EXPERIMENT.override({"training.snapshots": "none"})
    run = ls.train(plain, out=tmp_path, route="torch")
    assert run.path is not None and not (run.path / SNAPSHOTS).exists()
    with pytest.raises(InputError, match="no snapshot of epoch 0: it has none"):
        run.at(0)


def test_a_file_of_another_network_is_refused(folder: Path) -> None:
    path = folder / SNAPSHOTS
    before = path.read_bytes()
    arrays, notes = read_tensors(path, None)
    try:
        write_tensors(path, {**arrays, "9/strange": np.zeros(2, np.float32)}, notes)
        with pytest.raises(DataError, match="does not fit the model: it has '9/strange'"):
            ls.load_run(folder)
        path.unlink()
        with pytest.raises(DataError, match="There is no weight file"):
            ls.load_run(folder)
    finally:
        path.write_bytes(before)
