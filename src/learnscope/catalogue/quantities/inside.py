"""Quantities of the inside of a network: units, weights, gradients, masks."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.catalogue.quantities.base import PerMember, Quantity
from learnscope.measures.gradient_noise import relative_noise
from learnscope.measures.sign_regions import count_regions, patterns
from learnscope.measures.thresholds import step_outputs
from learnscope.settings import Count, Natural, Real, Share
from learnscope.special import log_softmax, softmax
from learnscope.trained import Trained
from learnscope.views.hidden_lines import affine_part


class Weight(PerMember):
    """One trained number.

    Attributes:
        name: of the parameter, e.g. "layers.0.weight".
        at: its place: (row, column) of a weight, (row,) of a bias.
    """

    kind: Literal["weight"] = "weight"
    name: str = "layers.0.weight"
    at: tuple[Natural, ...]

    def value(self, trained: Trained) -> float:
        return float(trained.result.parameters[self.name][tuple(self.at)])


class UnitNorms(PerMember):
    """How unequal the units of a layer are: sd / mean of the norms of their weights.

    Attributes:
        layer: which layer, 0 for the first.
        of: the "variation" of the norms, or the "size": the mean |w|.
    """

    kind: Literal["unit_norms"] = "unit_norms"
    layer: Natural = 0
    of: Literal["variation", "size"] = "variation"

    def value(self, trained: Trained) -> float:
        weight = trained.result.parameters[f"layers.{self.layer}.weight"].astype(np.float64)
        if self.of == "size":
            return float(np.abs(weight).mean())
        norms = np.linalg.norm(weight, axis=1)
        return float(norms.std() / norms.mean())


class SignRegions(PerMember):
    """Into how many regions the lines of the first layer cut the plane, or the classes lie in.

    Attributes:
        of: "plane" counts the regions of the whole plane, exactly, from the arrangement of the
            lines; "class" the different sign patterns among the rows of a class.
        label: which class.
    """

    kind: Literal["sign_regions"] = "sign_regions"
    of: Literal["plane", "class"] = "plane"
    label: Natural = 0

    def value(self, trained: Trained) -> float:
        weight, bias = first_lines(trained)
        if self.of == "plane":
            return float(count_regions(weight, bias))
        x = trained.member.sample.x[trained.member.sample.y == self.label]
        return float(len(patterns(weight, bias, x)))


class StepView(PerMember):
    """What is left when each sigmoid unit becomes a step at one half, S4.19.

    Attributes:
        of: the number of constant "pieces" over the training rows, or the "mse" to the targets.
    """

    kind: Literal["step_view"] = "step_view"
    of: Literal["pieces", "mse"] = "pieces"

    def value(self, trained: Trained) -> float:
        rows = trained.member.rows.train
        x = trained.member.sample.x[rows]
        order = np.argsort(x[:, 0])
        output = step_outputs(trained, x[order])[:, 0]
        if self.of == "pieces":
            return float(1 + np.count_nonzero(np.diff(output)))
        return float(np.mean((output - trained.member.sample.y[rows][order, 0]) ** 2))


class GradientNoise(PerMember):
    """How far the relative error of the gradient times sqrt(batch) varies over batch sizes.

    The theory (independent draws) has it constant: the number is (greatest - least) / mean.

    Attributes:
        batches: the sizes, in rows.
        draws: batches of each size.
    """

    kind: Literal["gradient_noise"] = "gradient_noise"
    batches: tuple[Count, ...] = (1, 4, 16, 64)
    draws: Count = 200

    def value(self, trained: Trained) -> float:
        found = relative_noise(trained, self.batches, self.draws, seed=trained.member.seed)
        scaled = found * np.sqrt(np.array(self.batches))
        return float(np.ptp(scaled) / scaled.mean())


class DropoutMask(Quantity):
    """Mean or variance of a constant activation under inverted dropout.

    Attributes:
        p: probability of being dropped.
        constant: the activation.
        of: the "mean" or the "variance" of h * kept / (1 - p).
        n: activations drawn.
    """

    kind: Literal["dropout_mask"] = "dropout_mask"
    p: Share = 0.2
    constant: Real = 3.0
    of: Literal["mean", "variance"] = "mean"
    n: Count = 400_000

    def values(self, group: Sequence[Trained]) -> list[float]:
        from learnscope.training.dropout import dropout_mask

        found = []
        for t in group:
            kept = dropout_mask(t.member.dropout_key, 0, 0, 1, self.n, self.p)
            values = self.constant * kept / (1 - self.p)
            found.append(float(values.mean() if self.of == "mean" else values.var()))
        return found


class SoftmaxFacts(PerMember):
    """How far softmax is from what is said of it, on the training rows.

    Attributes:
        of: "sum": the greatest |sum of the shares - 1|; "shift": the greatest change of a share
            where 100 is added to all scores; "nll": |cross-entropy of the scores - the mean
            negative log-softmax of the true class|.
    """

    kind: Literal["softmax_facts"] = "softmax_facts"
    of: Literal["sum", "shift", "nll"] = "sum"

    def value(self, trained: Trained) -> float:
        scores_ = trained.learned_output("train").astype(np.float64)
        if self.of == "sum":
            return float(np.abs(softmax(scores_).sum(axis=1) - 1).max())
        if self.of == "shift":
            return float(np.abs(softmax(scores_ + 100) - softmax(scores_)).max())
        from learnscope.training.losses.cross_entropy import CrossEntropy
        from learnscope.training.losses.nll import Nll

        y = trained.member.parts["train"].y
        a, n = CrossEntropy().total(scores_, y, None)
        b, m = Nll().total(log_softmax(scores_), y, None)
        return float(abs(a / n - b / m))


class AnswersOnly(PerMember):
    """The share of the training rows that get the most frequent label: 1 is one label for all."""

    kind: Literal["answers_only"] = "answers_only"

    def value(self, trained: Trained) -> float:
        labels = trained.member.head.labels(trained.part_output("train"))
        return float(np.bincount(labels).max() / len(labels))


def first_lines(trained: Trained) -> tuple[Array, Array]:
    """Return weights (h, 2) and biases (h,) of the first layer for the raw inputs."""
    affine = affine_part(trained.member.chain, trained.member.sample.x)
    assert affine is not None
    matrix, shift = affine
    first = trained.result.parameters["layers.0.weight"].astype(np.float64)
    bias = trained.result.parameters.get("layers.0.bias", np.zeros(len(first)))
    return first @ matrix, bias + first @ shift
