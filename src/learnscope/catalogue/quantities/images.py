"""Quantities of images: how many are different, and the sizes of maps behind convolutions."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from learnscope.catalogue.quantities.base import PerMember, Quantity
from learnscope.errors import InputError
from learnscope.models.conv_network import ConvNetwork
from learnscope.search.index import first_of_each
from learnscope.settings import Count, Natural
from learnscope.trained import Trained


class DistinctDraws(Quantity):
    """How many different images n draws with replacement give; one number for each member.

    The expectation is N (1 - (1 - 1/N)^n).

    Attributes:
        n: draws.
        of: N, images to draw from.
    """

    kind: Literal["distinct_draws"] = "distinct_draws"
    n: Count = 6000
    of: Count = 60_000

    def values(self, group: Sequence[Trained]) -> list[float]:
        draws = (np.random.default_rng(t.member.seed).integers(0, self.of, self.n) for t in group)
        return [float(len(np.unique(d))) for d in draws]


class DistinctRows(PerMember):
    """How many different rows a part has.

    Attributes:
        part: which.
    """

    kind: Literal["distinct_rows"] = "distinct_rows"
    part: Literal["train", "validation", "test"] = "train"

    def value(self, trained: Trained) -> float:
        rows = getattr(trained.member.rows, self.part)
        first = first_of_each(trained.member.sample.x[rows])
        return float(len(np.unique(first)))


class MapSize(PerMember):
    """A size on the way through a convolutional network.

    Attributes:
        block: which block, 0 for the first.
        of: the side of its maps behind the "conv" or behind the "pool", its "channels", or the
            numbers of a row when they are laid "flat".
    """

    kind: Literal["map_size"] = "map_size"
    block: Natural = 0
    of: Literal["conv", "pool", "channels", "flat"] = "pool"

    def value(self, trained: Trained) -> float:
        network = trained.member.network
        if not isinstance(network, ConvNetwork) or self.block >= len(network.blocks):
            raise InputError(f"map_size.block: the network has no convolution block {self.block}.")
        step = network.blocks[self.block]
        sizes = {
            "conv": step.size_between[0],
            "pool": step.size_out[0],
            "channels": step.n_out,
            "flat": step.n_flat,
        }
        return float(sizes[self.of])
