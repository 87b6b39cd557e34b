"""Small trainings whose times tell what a machine does in a second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from learnscope.experiment import Experiment
from learnscope.models.mlp import Mlp
from learnscope.models.network import DenseNetwork
from learnscope.problems.line import Line
from learnscope.training.member import Examples, Member, prepare
from learnscope.training.settings import Training
from learnscope.training.split import Split


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A network d-hidden-k on n rows, and settings of its training."""

    hidden: tuple[int, ...]
    n: int
    d: int = 2
    k: int = 1
    activation: str = "relu"
    training: tuple[tuple[str, Any], ...] = ()

    def member(self, epochs: int) -> Member:
        """Return it as a member to train for so many epochs; rows and weights are random."""
        base = _base()
        model = Mlp(hidden=self.hidden, activation=self.activation)
        settings = {"eval_every": max(1, epochs), **dict(self.training), "epochs": epochs}
        network = model.network(self.d, self.k)
        assert isinstance(network, DenseNetwork)
        draw = np.random.default_rng(0)
        return replace(
            base,
            experiment=base.experiment.override(
                {"model": model.plain(), **{f"training.{k}": v for k, v in settings.items()}}
            ),
            network=network,
            parts={"train": self._rows(draw)},
            initial={
                name: draw.normal(0, 1 / np.sqrt(shape[-1]), shape)
                for name, shape in network.shapes().items()
            },
        )

    def _rows(self, draw: np.random.Generator) -> Examples:
        x, y = draw.normal(size=(self.n, self.d)), draw.normal(size=(self.n, self.k))
        return Examples(x=x.astype(np.float32), y=y.astype(np.float32), weight=None)


FUSED_PROBES = (
    Probe(hidden=(), n=16, training=(("eval_every", 1),)),
    Probe(hidden=(), n=16),
    Probe(hidden=(4, 4), n=140),
    Probe(hidden=(8, 8, 8), n=140),
    Probe(hidden=(8, 8, 8), n=140, activation="tanh"),
    Probe(hidden=(8, 8, 8), n=140, activation="softplus"),
    Probe(hidden=(4, 2), n=250, training=(("batch_size", 10),)),
    Probe(hidden=(8, 8), n=250, training=(("batch_size", 50), ("dropout", 0.2))),
    Probe(hidden=(8, 8, 8, 8, 8), n=560, training=(("eval_every", 2),)),
    Probe(hidden=(64, 64), n=560),
    Probe(hidden=(64, 64), n=64, training=(("batch_size", 16),)),
    Probe(hidden=(100,), n=160, d=64, k=10, training=(("batch_size", 16),)),
    Probe(hidden=(768, 768), n=32),
)
TORCH_PROBES = (
    Probe(hidden=(), n=16),
    Probe(hidden=(4, 4), n=140, training=(("eval_every", 2),)),
    Probe(hidden=(8, 8, 8, 8, 8), n=560),
    Probe(hidden=(8, 8, 8), n=560, activation="tanh", training=(("batch_size", 56),)),
    Probe(hidden=(128, 128), n=560),
    Probe(hidden=(256, 256), n=32, training=(("batch_size", 16),)),
    Probe(hidden=(4, 2), n=60, training=(("batch_size", 10),)),
    Probe(hidden=(768, 768), n=32),
)


def _base() -> Member:
    """Return any member that learns numbers, with training rows alone."""
    training = Training(split=Split(test=0.0))
    return prepare(Experiment(problem=Line(n=10), model=Mlp(hidden=(2,)), training=training), 0)
