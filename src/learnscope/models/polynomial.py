"""Polynomials: a linear model on all monomials up to a degree."""

from typing import Literal

from learnscope.features.base import FeatureMap
from learnscope.features.monomials import Monomials
from learnscope.models.base import Model
from learnscope.models.network import DenseNetwork, Layer
from learnscope.settings import Count


class Polynomial(Model):
    """f(x) = W m(x) + b with every monomial of total degree 1 to `degree` (S2.2 for one input).

    Attributes:
        degree: highest total degree, at least 1.
    """

    kind: Literal["polynomial"] = "polynomial"
    degree: Count = 10

    def expansion(self) -> tuple[FeatureMap, ...]:
        return (Monomials(degree=self.degree),)

    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> DenseNetwork:
        layer = Layer(n_in=n_inputs, n_out=n_outputs, activation=self.output, bias=self.bias)
        return DenseNetwork(layers=(layer,))

    def hidden_activations(self) -> tuple[str, ...]:
        return ()

    def sentence(self) -> str:
        return f"polynomial of degree {self.degree}"
