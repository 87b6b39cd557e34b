"""scikit-learn's MLPRegressor and MLPClassifier."""

import warnings
from typing import Any

import numpy as np

from benchmarks.rivals.base import Rival, Training
from benchmarks.work import BETA1, BETA2, EPS, LEARNING_RATE, Layers, Work


class SklearnMlp(Rival):
    """`fit` for a fixed number of epochs, all stopping rules off."""

    name = "scikit-learn MLP"
    modules = ("sklearn",)

    def prepare(self, work: Work, stack: int) -> Training:
        return _Mlp(work)


class _Mlp(Training):
    def __init__(self, work: Work) -> None:
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        self.work = work
        self.x, y = work.data()
        self.y = y if work.images else y[:, 0]
        self.layers = work.layers()
        kind = MLPClassifier if work.images else MLPRegressor
        self.model: Any = kind(
            hidden_layer_sizes=work.hidden, activation=work.activation, alpha=0.0,
            batch_size=work.batch, learning_rate_init=LEARNING_RATE, beta_1=BETA1, beta_2=BETA2,
            epsilon=EPS, max_iter=1,
            random_state=0, tol=0.0,
            n_iter_no_change=10**9, warm_start=True,
        )  # fmt: skip
        # The first call makes the arrays that later calls find in their place.
        self.train(1)

    def train(self, epochs: int, *, shuffle: bool = True) -> Layers:
        model = self.model
        if hasattr(model, "coefs_"):
            # It keeps weights as (n_in, n_out) and updates them in place.
            model.coefs_ = [np.ascontiguousarray(w.T) for w, _ in self.layers]
            model.intercepts_ = [b.copy() for _, b in self.layers]
        model.max_iter, model.shuffle = epochs, shuffle and not self.work.full_batch
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            model.fit(self.x, self.y)
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return [(w.T.copy(), b.copy()) for w, b in pairs]
