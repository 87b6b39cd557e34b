"""Trained members for the tests of search."""

import functools
from typing import Any

import learnscope as ls
from learnscope.experiment import read_experiment
from learnscope.trained import Trained
from learnscope.training.loop import train_member
from learnscope.training.member import prepare
from tests.search.pictures import mnist_folder


def trained(model: Any, n: int = 300, epochs: int = 3, **more: Any) -> Trained:
    """A network on digits, trained a little."""
    loss = "mse" if model["kind"] == "autoencoder" else "cross_entropy"
    experiment = read_experiment(
        {
            "name": "digits",
            "problem": {"kind": "digits", "n": n, "scale": True, "seed": 0},
            "model": model,
            "training": {"epochs": epochs, "lr": 0.01, "batch_size": 16, "loss": loss},
            **more,
        }
    )
    member = prepare(experiment, 0)
    return Trained(member=member, result=train_member(member))


@functools.cache
def autoencoder() -> Trained:
    """784-50-784 of S4.39 in the size of the digits: 64-20-64, ReLU code, 1,797 images."""
    model = {"kind": "autoencoder", "code": 20, "code_activation": "relu", "output": "sigmoid"}
    return trained(model, n=1797, epochs=12)


@functools.cache
def perceptron() -> Trained:
    """Two hidden layers, on a part of the digits."""
    return trained({"kind": "mlp", "hidden": [12, 6], "activation": "tanh"})


def mnist_autoencoder() -> Trained:
    """S4.39 on 6,000 images: 784-50-784, ReLU code, sigmoid outputs, Adam 1e-2, batches of 16."""
    experiment = read_experiment(
        {
            "name": "mnist",
            "problem": {"kind": "mnist", "part": "train", "n": 6000, "path": str(mnist_folder())},
            "model": {
                "kind": "autoencoder",
                "code": 50,
                "code_activation": "relu",
                "output": "sigmoid",
            },
            "training": {"epochs": 20, "lr": 0.01, "batch_size": 16, "loss": "mse"},
        }
    )
    return ls.train(experiment).trained[0]
