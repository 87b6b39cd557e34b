"""A network with everything it needs to answer for raw inputs."""

from dataclasses import dataclass

import numpy as np

from learnscope.arrays import Array, Ints
from learnscope.errors import DataError, listing
from learnscope.features.base import FeatureChain
from learnscope.models.network import Network, Parameters, forward, forward_all
from learnscope.training.head import Head


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predictor:
    """Features, network, weights and the meaning of the outputs."""

    chain: FeatureChain
    network: Network
    head: Head
    parameters: Parameters

    def output(self, x: Array) -> Array:
        """Return the outputs (m, k) for raw inputs (m, d), numbers in the target's own units."""
        with np.errstate(over="ignore", invalid="ignore"):
            output = self.head.decode(self._forward(x))
        return _finite(output)

    def learned(self, x: Array) -> Array:
        """Return the outputs (m, k) for raw inputs (m, d) as the loss sees them."""
        return _finite(self._forward(x))

    def _forward(self, x: Array) -> Array:
        features = self.chain.apply(self._checked(x))
        with np.errstate(over="ignore", invalid="ignore"):
            return forward(self.network, self.parameters, features)

    def activations(self, x: Array) -> list[Array]:
        """Return the activations (m, h) of every layer for raw inputs (m, d).

        The last are the outputs as the network gives them, before any scaling of the target is
        undone.
        """
        return forward_all(self.network, self.parameters, self.chain.apply(self._checked(x)))

    def labels(self, x: Array) -> Ints:
        """Return the predicted class (m,) for raw inputs (m, d)."""
        return self.head.labels(self.output(x))

    def shares(self, x: Array) -> Array:
        """Return the belief in each class (m, c) for raw inputs (m, d), see `Head.shares`."""
        return self.head.shares(self.output(x))

    def _checked(self, x: Array) -> Array:
        x, columns = np.asarray(x), self.chain.columns
        if x.ndim != 2 or x.shape[1] != len(columns):
            flat = x.ndim > 2 and np.prod(x.shape[1:]) == len(columns)
            remedy = " Flatten each example: x.reshape(len(x), -1)." if flat else ""
            raise DataError(
                f"inputs must have the shape (rows, {len(columns)}), one column each for "
                f"{listing(columns, 6)}, got {x.shape}.{remedy}"
            )
        if x.dtype.kind not in "fiub":
            raise DataError(f"inputs must be numbers, got the type {x.dtype}.")
        bad = np.flatnonzero(~np.isfinite(x).all(axis=1))
        if len(bad):
            raise DataError(
                f"inputs must be finite, got missing or infinite values in {len(bad)} rows "
                f"(first: row {bad[0]}). Drop these rows or fill them in."
            )
        return x


def _finite(output: Array) -> Array:
    bad = np.flatnonzero(~np.isfinite(output).all(axis=1))
    if len(bad):
        raise DataError(
            f"The network has no finite answer for {len(bad)} rows (first: row {bad[0]}): the "
            "inputs are far outside of what it was trained on, or its training diverged."
        )
    return output
