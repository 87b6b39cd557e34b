"""Quantities that do not come from the trained network: the best of a simpler kind on its data."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from learnscope.arrays import Array
from learnscope.catalogue.quantities.base import PerMember, Quantity
from learnscope.settings import Count
from learnscope.trained import Trained


class HingesByLeastSquares(Quantity):
    """Mean squared error of the best sum of ReLU units whose kinks stand at even places.

    Offset and output weights are free and solved for exactly.

    Attributes:
        units: how many.
    """

    kind: Literal["hinges_by_least_squares"] = "hinges_by_least_squares"
    units: Count

    def values(self, group: Sequence[Trained]) -> list[float]:
        found = []
        for t in group:
            x, y = t.member.sample.x[:, 0], t.member.sample.y[:, 0]
            places = np.linspace(x.min(), x.max(), self.units + 1)[:-1]
            design = np.c_[np.maximum(x[:, None] - places, 0), np.ones(len(x))]
            best = np.linalg.lstsq(design, y, rcond=None)[0]
            found.append(float(np.mean((design @ best - y) ** 2)))
        return found


class TwoHinges(Quantity):
    """Least mean squared error of ReLU(w1 x + b1) + ReLU(w2 x + b2) - offset, by search.

    The offset is the mean of the rest, so that four numbers are searched for.

    Attributes:
        starts: random starts of the search, of which the best end counts.
    """

    kind: Literal["two_hinges"] = "two_hinges"
    starts: Count = 12

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [self._search(t.member.sample.x[:, 0], t.member.sample.y[:, 0]) for t in group]

    def _search(self, x: Array, y: Array) -> float:
        from scipy.optimize import minimize

        def error(four: Array) -> float:
            w1, b1, w2, b2 = four
            rest = np.maximum(w1 * x + b1, 0) + np.maximum(w2 * x + b2, 0) - y
            return float(np.var(rest))

        rng = np.random.default_rng(0)
        ends = [
            minimize(
                error,
                [rng.uniform(1, 10), rng.uniform(-40, 0), -rng.uniform(1, 10), rng.uniform(-40, 0)],
                method="Nelder-Mead",
                options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-9},
            ).fun
            for _ in range(self.starts)
        ]
        return float(min(ends))


class BestLine(Quantity):
    """The greatest accuracy of any straight line through two input columns, by search.

    For each of many directions, all cuts between neighbouring rows are tried.

    Attributes:
        directions: how many, even over the half circle.
    """

    kind: Literal["best_line"] = "best_line"
    directions: Count = 3600

    def values(self, group: Sequence[Trained]) -> list[float]:
        return [self._best(t.member.sample.x, t.member.sample.y) for t in group]

    def _best(self, x: Array, y: Array) -> float:
        signs, n = np.where(y == 1, 1, -1), len(y)
        best = 0
        for angle in np.linspace(0, np.pi, self.directions, endpoint=False):
            order = np.argsort(x @ np.array([np.cos(angle), np.sin(angle)]))
            # Right with class 1 above the cut: the ones above and the others below.
            below = np.concatenate(([0], np.cumsum(-signs[order])))
            right = np.count_nonzero(y == 1) + below
            best = max(best, int(right.max()), n - int(right.min()))
        return best / n


class AllPairsAccuracy(PerMember):
    """What comes out where labels (n, 1) are compared with labels (n,): all n * n pairs.

    The fault of S1.17: it depends on how often each label is answered alone, and not on
    which rows get it.
    """

    kind: Literal["all_pairs_accuracy"] = "all_pairs_accuracy"

    def value(self, trained: Trained) -> float:
        rows = trained.member.rows.test
        labels = trained.labels(trained.member.sample.x[rows])
        return float(np.mean(labels[:, None] == trained.member.sample.y[rows][None, :]))


class FromRidge(PerMember):
    """The distance from ridge regression on the same features, the minimum in closed form.

    The loss "sum of squares" with the coupled decay lambda has the minimum of
    ||y - A t||^2 + lambda / 2 ||t||^2, biases included.

    Attributes:
        of: the "sse", or the "norm" of all parameters.
    """

    kind: Literal["from_ridge"] = "from_ridge"
    of: Literal["sse", "norm"] = "sse"

    def value(self, trained: Trained) -> float:
        part = trained.member.parts["train"]
        design = np.c_[part.x, np.ones(len(part.x))].astype(np.float64)
        y = part.y.astype(np.float64)
        decay = trained.member.experiment.training.weight_decay
        # Stacked rows solve it without squaring the condition number.
        penalty = np.sqrt(decay / 2) * np.eye(design.shape[1])
        rows = np.r_[design, penalty]
        best = np.linalg.lstsq(rows, np.r_[y, np.zeros((len(penalty), 1))], rcond=None)[0]
        if self.of == "norm":
            own = np.concatenate([p.ravel() for p in trained.result.parameters.values()])
            return float(abs(np.linalg.norm(own.astype(np.float64)) - np.linalg.norm(best)))
        output = trained.learned_output("train").astype(np.float64)
        return float(abs(np.sum((output - y) ** 2) - np.sum((design @ best - y) ** 2)))
