"""Quantities that a run measures anyway: scores, histories, health, sizes."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from learnscope.catalogue.quantities.base import PerMember, Quantity
from learnscope.errors import InputError, listing
from learnscope.measures.ceiling import ceiling
from learnscope.measures.health import health
from learnscope.measures.scores import scores
from learnscope.settings import Flag, Natural, NonNegative, Positive
from learnscope.trained import Trained


class Score(Quantity):
    """A score of the members, such as "test_accuracy".

    Attributes:
        name: the score.
        living: of the members alone that are neither dead nor diverged.
    """

    kind: Literal["score"] = "score"
    name: str
    living: Flag = False

    def values(self, group: Sequence[Trained]) -> list[float]:
        chosen = [t for t in group if health(t).alive] if self.living else group
        rows = [scores(t) for t in chosen]
        if rows and self.name not in rows[0]:
            raise InputError(f"score.name: there is no {self.name!r} here but {listing(rows[0])}.")
        return [row[self.name] for row in rows]


class History(PerMember):
    """A column of the history.

    Attributes:
        column: its name.
        take: the "last" row, or the "mean", "least" or "greatest" of the rows.
        first: the first epoch that counts.
    """

    kind: Literal["history"] = "history"
    column: str
    take: Literal["last", "mean", "least", "greatest"] = "last"
    first: Natural = 1

    def value(self, trained: Trained) -> float:
        history = trained.result.history
        if self.column not in history:
            raise InputError(f"history.column: there is no {self.column!r}.")
        kept = history[self.column][history["epoch"] >= self.first]
        numbers = {"last": kept[-1], "mean": kept.mean(), "least": kept.min()}
        return float(numbers.get(self.take, kept.max()))


class EpochBelow(PerMember):
    """The first evaluated epoch at which a column of the history is below a limit.

    Infinite where it never is.

    Attributes:
        column: its name.
        below: the limit.
    """

    kind: Literal["epoch_below"] = "epoch_below"
    column: str = "train_loss"
    below: Positive

    def value(self, trained: Trained) -> float:
        history = trained.result.history
        under = np.flatnonzero(history[self.column] < self.below)
        return float(history["epoch"][under[0]]) if len(under) else float("inf")


class Dead(Quantity):
    """1 for a dead member, which answers the same for all rows and gets no gradient; else 0."""

    kind: Literal["dead"] = "dead"

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [float(health(t).dead) for t in group]


class DeadUnits(PerMember):
    """Hidden units that give one and the same value on every training row."""

    kind: Literal["dead_units"] = "dead_units"

    def value(self, trained: Trained) -> float:
        return float(sum(health(trained).dead_units))


class NParameters(PerMember):
    """The number of trained numbers."""

    kind: Literal["n_parameters"] = "n_parameters"

    def value(self, trained: Trained) -> float:
        return float(trained.member.network.n_parameters())


class NInputs(PerMember):
    """The number of columns that a row of the data has, of an image its pixels."""

    kind: Literal["n_inputs"] = "n_inputs"

    def value(self, trained: Trained) -> float:
        return float(trained.member.sample.x.shape[1])


class PartsApart(PerMember):
    """A score of the test rows less that of the training rows.

    Attributes:
        name: the score, without the part, e.g. "mse".
    """

    kind: Literal["parts_apart"] = "parts_apart"
    name: str

    def value(self, trained: Trained) -> float:
        found = scores(trained)
        if f"test_{self.name}" not in found:
            raise InputError(f"parts_apart.name: there is no score {self.name!r} of the test rows.")
        return found[f"test_{self.name}"] - found[f"train_{self.name}"]


class HiddenTriples(PerMember):
    """In how many ways three units of the last hidden layer can be drawn together."""

    kind: Literal["hidden_triples"] = "hidden_triples"

    def value(self, trained: Trained) -> float:
        return float(math.comb(trained.member.network.units[-1], 3))


class NRows(PerMember):
    """The number of rows of a part.

    Attributes:
        part: which.
    """

    kind: Literal["n_rows"] = "n_rows"
    part: Literal["train", "validation", "test"] = "train"

    def value(self, trained: Trained) -> float:
        return float(len(getattr(trained.member.rows, self.part)))


class LabelShare(PerMember):
    """The share of a class among the rows of a part.

    Attributes:
        part: which.
        label: number of the class.
    """

    kind: Literal["label_share"] = "label_share"
    part: Literal["train", "validation", "test"] = "test"
    label: Natural = 1

    def value(self, trained: Trained) -> float:
        rows = getattr(trained.member.rows, self.part)
        return float(np.mean(trained.member.sample.y[rows] == self.label))


class Best(PerMember):
    """The best expected score that any model can reach: accuracy, or mean squared error."""

    kind: Literal["best"] = "best"

    def value(self, trained: Trained) -> float:
        found = ceiling(trained.member)
        return float("nan") if found is None else found.best


class WeightNorm(PerMember):
    """The Euclidean norm of all parameters, biases included."""

    kind: Literal["weight_norm"] = "weight_norm"

    def value(self, trained: Trained) -> float:
        total = sum(
            float(np.sum(np.square(p, dtype=np.float64)))
            for p in trained.result.parameters.values()
        )
        return float(total**0.5)


class BceOf(Quantity):
    """The binary cross-entropy of one probability, in nats.

    Attributes:
        p: the probability of class 1.
        label: the true class.
    """

    kind: Literal["bce_of"] = "bce_of"
    p: NonNegative
    label: Literal[0, 1] = 1

    def values(self, group: Sequence[Trained]) -> list[float]:
        from learnscope.training.losses.bce import Bce

        total, count = Bce().total(np.array([[self.p]]), np.array([[float(self.label)]]), None)
        return [total / count]
