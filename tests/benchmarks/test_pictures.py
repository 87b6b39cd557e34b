from pathlib import Path

import pytest

import learnscope as ls
from benchmarks.pictures import WORKS, main
from benchmarks.plain_pictures import network


@pytest.mark.parametrize(("what", "entry"), [(work[0], work[2]) for work in WORKS])
def test_script_and_entry_train_the_same_network(what: str, entry: str) -> None:
    experiment = ls.named(entry)
    ours = experiment.model.network(784, 784 if what == "autoencoder" else 10, (1, 28, 28))
    shapes = [tuple(weight.shape) for weight in network(what).parameters()]
    assert list(ours.shapes().values()) == shapes
    training = experiment.training
    assert (training.batch_size, training.lr) == (16, 1e-2)
    assert training.optimizer.kind_name() == "adam"
    loss = "mse" if what == "autoencoder" else "cross_entropy"
    assert training.loss.kind_name() == loss


def test_without_the_files_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("benchmarks.pictures.image_folder", lambda: None)
    main()
    assert "left out: no MNIST files" in capsys.readouterr().out
