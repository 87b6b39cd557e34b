"""Small members to train in tests."""

from dataclasses import replace
from typing import Any

import numpy as np

from learnscope.arrays import Array
from learnscope.experiment import Experiment
from learnscope.models import Linear, Mlp
from learnscope.models.network import DenseNetwork, Layer
from learnscope.problems.base import Sample
from learnscope.problems.spirals import Spirals
from learnscope.training.head import make_head
from learnscope.training.loop import train_member
from learnscope.training.member import Examples, Member, prepare
from learnscope.training.result import Result
from learnscope.training.settings import Training
from learnscope.training.split import Rows


def spirals(*, seed: int = 0, n: int = 20, activation: Any = "tanh", **training: Any) -> Member:
    """Two spirals of `n` points each and a 2-5-4-1 network, in float64."""
    experiment = Experiment(
        problem=Spirals(n=n),
        model=Mlp(hidden=(5, 4), activation=activation),
        training=Training(**{"precision": "float64", "epochs": 5, **training}),
    )
    return prepare(experiment, seed)


def line(x: Any, y: Any, w: float = 2.0, b: float | None = None, **training: Any) -> Member:
    """The model w x (+ b) and these rows, w and b as first weights, in float64."""
    settings = Training(**{"precision": "float64", "epochs": 1, "optimizer": "sgd", **training})
    member = prepare(
        Experiment(problem=Spirals(n=10), model=Linear(bias=b is not None), training=settings), 0
    )
    layer = Layer(n_in=1, n_out=1, activation="identity", bias=b is not None)
    initial: dict[str, Array] = {"layers.0.weight": np.array([[w]])}
    if b is not None:
        initial["layers.0.bias"] = np.array([b])
    one, two = (np.array(v, dtype=np.float64).reshape(-1, 1) for v in (x, y))
    sample = Sample(x=one, y=two, task="regression", columns=("x",), outputs=("y",))
    none = np.arange(0)
    return replace(
        member,
        sample=sample,
        head=make_head(settings.loss, sample),
        network=DenseNetwork(layers=(layer,)),
        initial=initial,
        rows=Rows(train=np.arange(len(one)), validation=none, test=none),
        parts={"train": Examples(x=one, y=two, weight=None)},
    )


def trained_line(x: Any, y: Any, w: float = 2.0, b: float | None = None, **training: Any) -> Any:
    """Return the weight (and the bias) after training `line`."""
    found = train_member(line(x, y, w, b, **training)).parameters
    values = [float(v.item()) for v in found.values()]
    return values[0] if b is None else tuple(values)


def same_bits(a: Result, b: Result) -> None:
    """Assert that two results are equal in everything but the time."""
    assert a.parameters.keys() == b.parameters.keys()
    for name in a.parameters:
        np.testing.assert_array_equal(a.parameters[name], b.parameters[name], strict=True)
    for column in a.history:
        np.testing.assert_array_equal(a.history[column], b.history[column], strict=True)
    fields = ("seed", "status", "epochs", "best_epoch", "cause")
    assert [getattr(a, f) for f in fields] == [getattr(b, f) for f in fields]
