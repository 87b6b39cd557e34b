"""Models that are not dense chains, in a run folder: written, read, resumed, asked."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import learnscope as ls
from learnscope.cli import main
from learnscope.errors import DataError
from learnscope.runs.model_file import MODEL

MODELS: dict[str, tuple[dict[str, Any], str]] = {
    "conv": ({"kind": "conv", "blocks": [4], "hidden": [5]}, "cross_entropy"),
    "dense autoencoder": ({"kind": "autoencoder", "code": 3, "hidden": [5]}, "mse"),
    "variational": ({"kind": "autoencoder", "code": 3, "variational": {"beta": 0.1}}, "mse"),
    "convolutional": (
        {"kind": "autoencoder", "code": 3, "blocks": [4], "noise": 0.1, "sparse": "l1"},
        "mse",
    ),
    # The rows of an image are a sequence.
    "recurrent": ({"kind": "recurrent", "cell": "lstm", "hidden": 4}, "cross_entropy"),
    "recurrent autoencoder": (
        {"kind": "recurrent_autoencoder", "cell": "hand", "hidden": 4, "teacher": 0.5},
        "mse",
    ),
}


def experiment(name: str, **training: Any) -> ls.Experiment:
    model, loss = MODELS[name]
    settings = {"loss": loss, "epochs": 2, "batch_size": 32, **training}
    problem = {"kind": "digits", "n": 120, "scale": True}
    return ls.Experiment(problem=problem, model=model, training=settings, seeds=2)


@pytest.mark.parametrize("name", MODELS)
def test_a_run_answers_the_same_after_it_was_written_and_read(name: str, tmp_path: Path) -> None:
    run = ls.train(experiment(name), out=tmp_path)
    assert run.path is not None
    again = ls.load_run(run.path)
    x = run.trained[0].member.sample.x[:20]
    np.testing.assert_array_equal(run.predict(x), again.predict(x))
    np.testing.assert_equal(again.metrics, run.metrics)
    for a, b in zip(run.trained, again.trained, strict=True):
        assert a.member.network == b.member.network
        for layer, other in zip(a.activations(x), b.activations(x), strict=True):
            np.testing.assert_array_equal(layer, other)


@pytest.mark.parametrize("name", ["conv", "convolutional"])
def test_the_command_predicts_from_a_table(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ls.train(experiment(name), out=tmp_path / "runs")
    x, columns = run.trained[0].member.sample.x[:4], run.trained[0].member.sample.columns
    with (tmp_path / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, *x.tolist()])
    assert main(["predict", str(run.path), str(tmp_path / "new.csv"), "--member", "0"]) == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    if name == "conv":
        assert [row[0] for row in rows[1:]] == run.predict(x, member=0).tolist()
    else:
        assert tuple(rows[0]) == columns
        found = np.array(rows[1:], dtype=float)
        np.testing.assert_allclose(found, run.predict(x, member=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["network"]["blocks"][0].update(kernel=2), "its network is not that of"),
        (lambda d: d.update(shape=[1, 4, 16]), "its network is not that of the settings"),
        (lambda d: d.update(shape=None), "needs images (channels, height, width), got plain rows"),
        (lambda d: d.pop("network"), "KeyError: 'layers'"),
        (lambda d: d.update(shape="wide"), "is damaged (ValueError"),
    ],
)
def test_a_description_that_was_changed_is_refused(
    change: Any, message: str, tmp_path: Path
) -> None:
    run = ls.train(experiment("conv"), out=tmp_path)
    assert run.path is not None
    data = json.loads((run.path / MODEL).read_text())
    change(data)
    (run.path / MODEL).write_text(json.dumps(data))
    with pytest.raises(DataError, match=re.escape(message)):
        ls.load_run(run.path)


def test_the_code_of_a_dense_autoencoder_is_part_of_its_file(tmp_path: Path) -> None:
    run = ls.train(experiment("dense autoencoder"), out=tmp_path)
    assert run.path is not None
    data = json.loads((run.path / MODEL).read_text())
    assert data["code"] == 1 and "network" not in data
    (run.path / MODEL).write_text(json.dumps(data | {"code": 0}))
    with pytest.raises(DataError, match="is not the model of this run's settings"):
        ls.load_run(run.path)


@pytest.mark.parametrize("name", ["conv", "variational", "recurrent autoencoder"])
def test_a_stopped_run_goes_on_to_the_same_weights(name: str, tmp_path: Path) -> None:
    whole = ls.train(experiment(name))
    asked = iter([False] * 9 + [True])
    with pytest.raises(ls.Interrupted):
        ls.train(experiment(name), out=tmp_path, should_stop=lambda: next(asked))
    (folder,) = tmp_path.glob("*/*/")
    resumed = ls.resume(folder)
    for a, b in zip(whole.results, resumed.results, strict=True):
        for key, value in a.parameters.items():
            np.testing.assert_array_equal(b.parameters[key], value)


@pytest.mark.parametrize("name", ["conv", "variational"])
def test_the_report_shows_what_the_model_has(name: str, tmp_path: Path) -> None:
    page = ls.train(experiment(name)).report()
    shown = {
        "conv": ("The kernels of the first convolution", "What each convolution makes of some"),
        "variational": ("Images beside what the autoencoder makes", "coloured by class"),
    }
    assert all(text in page for text in shown[name])
    assert "predicted pixel_0_0" not in page
