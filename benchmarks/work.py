"""What is trained in a comparison: the same data, first weights and settings for everybody."""

import gzip
import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import learnscope as ls
from learnscope.training.member import Examples, Member, prepare

Layers = list[tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Weights (n_out, n_in) and biases (n_out,) of every layer."""

LEARNING_RATE = 1e-3
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
N_IMAGES = 6000


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One training, full batch or in batches, always with Adam in float32.

    Attributes:
        name: the widths and the number of rows.
        hidden: widths of the hidden layers.
        activation: "relu" or "tanh", of the hidden layers; the output is linear.
        rows: training rows.
        batch: rows of an update.
        images: whether the data are images of digits (784 inputs, ten classes, softmax
            cross-entropy) or the two spirals (2 inputs, one output, mean squared error).
    """

    name: str
    hidden: tuple[int, ...]
    activation: Literal["relu", "tanh"]
    rows: int
    batch: int
    images: bool = False

    @property
    def full_batch(self) -> bool:
        """Whether an update takes all rows."""
        return self.batch == self.rows

    @property
    def updates(self) -> int:
        """Updates of an epoch; the batches divide the rows."""
        return self.rows // self.batch

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths from the inputs to the outputs."""
        return (784, *self.hidden, 10) if self.images else (2, *self.hidden, 1)

    @property
    def flops(self) -> int:
        """Floating-point operations in the products of an update.

        Two for each multiply-add: of the forward pass, of the weights' gradients, and of the
        gradients handed to the layer below, which the first layer does not need.
        """
        sizes = [a * b for a, b in zip(self.widths[:-1], self.widths[1:], strict=True)]
        return 2 * self.batch * (3 * sum(sizes) - sizes[0])

    def member(self, epochs: int, *, optimizer: str = "adam") -> Member:
        """Return the training as learnscope takes it, evaluated at both ends only."""
        training = {
            "loss": "cross_entropy" if self.images else "mse",
            "optimizer": optimizer,
            "lr": LEARNING_RATE,
            "epochs": epochs,
            "eval_every": epochs,
            "batch_size": None if self.full_batch else self.batch,
            "split": {"test": 0.0},
        }
        experiment = ls.Experiment(
            problem="digits" if self.images else {"kind": "spirals", "n": self.rows // 2},
            model={"kind": "mlp", "hidden": self.hidden, "activation": self.activation,
                   "output": "identity"},
            training=training,
        )  # fmt: skip
        member = prepare(experiment, 0)
        return self._with_images(member) if self.images else member

    def _with_images(self, member: Member) -> Member:
        """Put the large images in the place of the small ones that come with scikit-learn."""
        x, y = read_images()
        model = member.experiment.model
        network = model.network(784, 10)
        return replace(
            member,
            network=network,
            parts={"train": Examples(x=x, y=y, weight=None)},
            initial=model.init.draw(network, np.random.default_rng(0), x),
        )

    def data(self) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Return x (n, d) float32 and y: (n, 1) float32, or (n,) int64 classes."""
        part = self.member(1).parts["train"]
        return np.asarray(part.x, np.float32), part.y

    def layers(self) -> Layers:
        """Return the first weights."""
        return as_layers(dict(self.member(1).initial))

    def loss(self, layers: Layers) -> float:
        """Return the mean loss over all rows in float64, by a formula of our own."""
        x, y = self.data()
        a = x.astype(np.float64)
        for i, (w, b) in enumerate(layers):
            a = a @ w.T.astype(np.float64) + b
            if i < len(layers) - 1:
                a = np.maximum(a, 0) if self.activation == "relu" else np.tanh(a)
        if not self.images:
            return float(np.mean((a - y) ** 2))
        a -= a.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(a).sum(axis=1)) - a[np.arange(len(a)), y]))


def as_layers(parameters: dict[str, Any]) -> Layers:
    """Return parameters by name as a list of layers in float32."""
    n = len(parameters) // 2
    return [
        (
            np.asarray(parameters[f"layers.{i}.weight"], np.float32),
            np.asarray(parameters[f"layers.{i}.bias"], np.float32),
        )
        for i in range(n)
    ]


def image_folder() -> Path | None:
    """Return the folder of the MNIST files, or None where there is none."""
    asked = os.environ.get("LEARNSCOPE_DATA")
    places = [Path(asked), Path(asked) / "mnist"] if asked else []
    places.append(Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist")
    files = (place for place in places if (place / "train-images-idx3-ubyte.gz").is_file())
    return next(files, None)


@cache
def read_images() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the first 6,000 MNIST images, x (n, 784) in 0..1, and their classes (n,)."""
    folder = image_folder()
    assert folder is not None, "asked for before"
    # IDX: four bytes of type, four for each length (3 of images, 1 of labels), then the bytes.
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(16 + 784 * N_IMAGES), np.uint8, offset=16)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + N_IMAGES), np.uint8, offset=8)
    x = np.ascontiguousarray(pixels.reshape(-1, 784) / 255, np.float32)
    return x, labels.astype(np.int64)
