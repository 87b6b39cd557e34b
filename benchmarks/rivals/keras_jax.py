"""Keras on the JAX backend: `model.fit`."""

import atexit
import os
import shutil
import tempfile
from typing import Any

import numpy as np

from benchmarks.rivals.base import Rival, Training
from benchmarks.work import BETA1, BETA2, EPS, LEARNING_RATE, Layers, Work


class KerasJax(Rival):
    """A Sequential model, compiled, and `fit`."""

    name = "Keras on JAX, fit"
    modules = ("keras", "jax")

    def prepare(self, work: Work, stack: int) -> Training:
        # Keras reads both when it is imported, and would write its settings into the home folder.
        os.environ["KERAS_BACKEND"] = "jax"
        if "KERAS_HOME" not in os.environ:
            os.environ["KERAS_HOME"] = home = tempfile.mkdtemp(prefix="keras-")
            atexit.register(shutil.rmtree, home, ignore_errors=True)
        return _Fit(work)


class _Fit(Training):
    def __init__(self, work: Work) -> None:
        import keras

        self.work = work
        self.x, self.y = work.data()
        self.layers = work.layers()
        self.model: Any = keras.Sequential(
            [keras.Input((work.widths[0],))]
            + [keras.layers.Dense(h, activation=work.activation) for h in work.hidden]
            + [keras.layers.Dense(work.widths[-1])]
        )
        self.model.compile(
            optimizer=keras.optimizers.Adam(LEARNING_RATE, BETA1, BETA2, EPS),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            if work.images
            else "mse",
        )
        self.model.optimizer.build(self.model.trainable_variables)
        self.kept = [np.asarray(v) for v in self.model.optimizer.variables]

    def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
        model = self.model
        model.set_weights([a for w, b in self.layers for a in (w.T, b)])
        for variable, value in zip(model.optimizer.variables, self.kept, strict=True):
            variable.assign(value)
        model.fit(
            self.x, self.y, batch_size=self.work.batch, epochs=epochs,
            shuffle=shuffle and not self.work.full_batch, verbose=0,
        )  # fmt: skip
        weights = model.get_weights()
        return [(w.T.copy(), b) for w, b in zip(weights[::2], weights[1::2], strict=True)]
