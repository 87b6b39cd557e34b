"""Trained members with weights that were set by hand or drawn, on small problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.experiment import Experiment
from learnscope.features.standardise import Standardise
from learnscope.models import Linear, Mlp, Model
from learnscope.problems.base import Problem, Sample, Truth
from learnscope.problems.series import Series
from learnscope.seeds import Draws
from learnscope.trained import Trained
from learnscope.training.losses import LOSSES
from learnscope.training.member import prepare
from learnscope.training.result import HISTORY, Result, Status
from learnscope.training.settings import Training
from learnscope.training.split import Split


class Cloud(Problem):
    """Uniform points with `c` classes by angle, or a target (0 classes) that is their sum."""

    kind: Literal["cloud"] = "cloud"
    n: int = 60
    d: int = 2
    c: int = 2

    def sample(self, draws: Draws) -> Sample:
        x = draws.data.uniform(-1.0, 1.0, (self.n, self.d))
        columns = tuple(f"x{j + 1}" for j in range(self.d))
        if not self.c:
            y = x.sum(axis=1, keepdims=True) + draws.noise.normal(0, 0.1, (self.n, 1))
            truth = Truth(
                target=lambda z: z.sum(axis=1, keepdims=True), floor=lambda: 0.01, how="sum"
            )
            return Sample(
                x=x, y=y, task="regression", columns=columns, outputs=("height",), truth=truth
            )
        angle = np.arctan2(x[:, -1], x[:, 0]) / (2 * np.pi) + 0.5
        label = np.minimum((angle * self.c).astype(np.int64), self.c - 1)
        # Every class has an example, however few points there are.
        label[: self.c] = np.arange(self.c)
        names = tuple(f"kind {chr(65 + k)}" for k in range(self.c))
        return Sample(x=x, y=label, task="classification", columns=columns, outputs=names)

    def sentence(self) -> str:
        return f"{self.n} uniform points in {self.d} dimensions, {self.c} classes by angle."


class Pictures(Problem):
    """Images of 6 x 6 pixels in [0, 1]: a bright row (class 0) or a bright column (class 1)."""

    kind: Literal["pictures"] = "pictures"
    n: int = 40

    def sample(self, draws: Draws) -> Sample:
        x = draws.noise.uniform(0, 0.2, (self.n, 1, 6, 6))
        y = np.arange(self.n) % 2
        for i, place in enumerate(draws.data.randint(0, 6, self.n)):
            x[i, 0, place] += 0.8 * (y[i] == 0)
            x[i, 0, :, place] += 0.8 * (y[i] == 1)
        return Sample(
            x=np.clip(x, 0, 1).reshape(self.n, 36),
            y=y.astype(np.int64),
            task="classification",
            columns=tuple(f"pixel_{j // 6}_{j % 6}" for j in range(36)),
            outputs=("row", "column"),
            shape=(1, 6, 6),
        )

    def sentence(self) -> str:
        return f"{self.n} images of 6 x 6 pixels with a bright row or column."


def experiment(
    problem: Problem, model: Model, *, loss: str | None = None, features: Sequence[Any] = ()
) -> Experiment:
    """Return an experiment on a problem that has no name of its own."""
    c = getattr(problem, "c", 0)
    word = loss or ("mse" if not c else "bce_logits" if c == 2 else "cross_entropy")
    training = Training(loss=LOSSES[word](), split=Split(test=0.3, validation=0.2), epochs=50)
    return Experiment.model_construct(
        name="drawn",
        title="",
        problem=problem,
        features=tuple(features),
        model=model,
        training=training,
        seed=0,
        seeds=1,
    )


def history(n: int = 6, **columns: Any) -> dict[str, Array]:
    """Return a history of `n` rows, ten epochs apart, falling where nothing is given."""
    table = {name: np.full(n, np.nan) for name in HISTORY}
    table["epoch"] = np.arange(n) * 10.0
    for name in ("train_loss", "validation_loss", "test_loss", "train_loss_before"):
        table[name] = 1.0 / (1.0 + np.arange(n))
    table["train_loss_before"][0] = np.nan
    return table | {name: np.asarray(values, dtype=float) for name, values in columns.items()}


def trained(
    setup: Experiment,
    seed: int = 0,
    *,
    parameters: dict[str, Any] | None = None,
    table: dict[str, Array] | None = None,
    status: Status = "trained",
) -> Trained:
    """Return a member whose final weights are the given ones, else its first ones."""
    member = prepare(setup, seed)
    weights = member.initial if parameters is None else parameters
    table = history() if table is None else table
    if setup.problem.seed is None and parameters is None:
        # Members differ in their losses, as trained ones do.
        table = table | {"test_loss": table["test_loss"] * (1 + 0.1 * seed)}
    return Trained(
        member=member,
        result=Result(
            seed=seed,
            parameters={k: np.array(v, dtype=np.float64) for k, v in weights.items()},
            history=table,
            status=status,
            epochs=50,
            best_epoch=50,
            cause="the loss was inf in epoch 3." if status == "diverged" else None,
            seconds=0.0,
        ),
    )


def by_hand(
    weight: Sequence[Sequence[float]],
    bias: Sequence[float],
    *,
    c: int = 2,
    loss: str | None = None,
    features: Sequence[Any] = (),
    problem: Problem | None = None,
) -> Trained:
    """Return a linear member with these weights, one row for each output."""
    setup = experiment(problem or Cloud(c=c), Linear(), loss=loss, features=features)
    return trained(setup, parameters={"layers.0.weight": weight, "layers.0.bias": bias})


def drawn(n: int, *, d: int = 2, c: int = 2, model: Model | None = None) -> list[Trained]:
    """Return `n` members with drawn weights."""
    setup = experiment(Cloud(d=d, c=c), model or Mlp(hidden=(5, 4)), features=(Standardise(),))
    return [trained(setup, seed) for seed in range(n)]


def of_images(n: int, *, model: Model) -> list[Trained]:
    """Return `n` members with drawn weights on images."""
    loss = "mse" if model.learns == "inputs" else "cross_entropy"
    setup = experiment(Pictures(), model, loss=loss)
    return [trained(setup, seed) for seed in range(n)]


def of_series(n: int, *, model: Model) -> list[Trained]:
    """Return `n` members with drawn weights on windows of a series."""
    setup = experiment(Series(n=60, window=6), model, loss="mse")
    return [trained(setup, seed) for seed in range(n)]


def lost(member: Trained) -> Trained:
    """Return the member with weights that are not finite."""
    weights = {k: np.full_like(v, np.nan) for k, v in member.result.parameters.items()}
    result = replace(member.result, parameters=weights, status="diverged", cause="inf in epoch 3.")
    return replace(member, result=result)


def dead(member: Trained) -> Trained:
    """Return the member with weights that are all 0: with a hidden layer it is dead."""
    weights = {k: np.zeros_like(v) for k, v in member.result.parameters.items()}
    return replace(member, result=replace(member.result, parameters=weights))
