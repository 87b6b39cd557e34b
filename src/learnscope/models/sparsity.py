"""Penalties that keep most units of a code still."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from learnscope.settings import Positive, Real, Settings, kinds_of

if TYPE_CHECKING:
    from torch import Tensor


class Sparsity(Settings, ABC):
    """A penalty on the code, added to the sum of the losses over the rows of an update.

    Attributes:
        weight: how much of it.
    """

    weight: Positive = 1e-3

    @abstractmethod
    def total(self, code: Tensor) -> Tensor:
        """Return the penalty of a code (b, c), summed over its rows, times the weight."""


class L1Sparsity(Sparsity):
    """weight sum |z| over all numbers of the code."""

    kind: Literal["l1"] = "l1"

    def total(self, code: Tensor) -> Tensor:
        return self.weight * code.abs().sum()


class KlSparsity(Sparsity):
    """weight b sum_j KL(rho || m_j), m_j being the mean of unit j over the b rows of an update.

    KL(rho || m) = rho log(rho / m) + (1 - rho) log((1 - rho) / (1 - m)): units that are on in a
    share rho of the rows cost nothing. The code must lie in (0, 1), as that of a sigmoid does.

    Source: A. Ng, "Sparse autoencoder", CS294A lecture notes, 2011.

    Attributes:
        rho: the share of rows for which a unit shall be on.
    """

    kind: Literal["kl"] = "kl"
    rho: Annotated[Real, Field(gt=0, lt=1)] = 0.05

    def total(self, code: Tensor) -> Tensor:
        # A unit that is off, or on, for all rows of a batch has a large penalty, no infinite one.
        m = code.mean(dim=0).clamp(1e-6, 1 - 1e-6)
        on, off = self.rho, 1 - self.rho
        each = on * (on / m).log() + off * (off / (1 - m)).log()
        return self.weight * len(code) * each.sum()


SPARSITIES: dict[str, type[Sparsity]] = {"l1": L1Sparsity, "kl": KlSparsity}

if TYPE_CHECKING:
    AnySparsity = Sparsity
else:
    AnySparsity = kinds_of(SPARSITIES, default="l1")


def plain_sparsity(sparsity: Sparsity | None) -> dict[str, Any] | None:
    """Return a penalty as numbers and text."""
    return None if sparsity is None else sparsity.plain()
