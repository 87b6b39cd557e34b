"""Linear models: one layer, also the perceptron when the output has an activation."""

from typing import Literal

from learnscope.features.base import FeatureMap
from learnscope.models.base import Model
from learnscope.models.network import DenseNetwork, Layer


class Linear(Model):
    """f(x) = g(W x + b): linear regression, logistic regression, perceptron."""

    kind: Literal["linear"] = "linear"

    def expansion(self) -> tuple[FeatureMap, ...]:
        return ()

    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> DenseNetwork:
        return DenseNetwork(
            layers=(Layer(n_in=n_inputs, n_out=n_outputs, activation=self.output, bias=self.bias),)
        )

    def hidden_activations(self) -> tuple[str, ...]:
        return ()

    def sentence(self) -> str:
        return "linear model" if self.output == "identity" else f"perceptron ({self.output})"
