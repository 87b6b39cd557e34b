"""Multi-layer perceptrons of free depth and width."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, model_validator

from learnscope.features.base import FeatureMap
from learnscope.models.base import HiddenActivation, Model
from learnscope.models.network import DenseNetwork, Layer
from learnscope.settings import Count, one_as_list


class Mlp(Model):
    """A chain of dense layers with an activation after each.

    Attributes:
        hidden: widths of the hidden layers; an empty list is a linear model.
        activation: activation of the hidden layers: one for all, or a list with one for each.
    """

    kind: Literal["mlp"] = "mlp"
    hidden: Annotated[tuple[Count, ...], BeforeValidator(one_as_list)] = (8, 8)
    activation: HiddenActivation | tuple[HiddenActivation, ...] = "relu"

    @model_validator(mode="after")
    def _one_activation_each(self) -> "Mlp":
        if not isinstance(self.activation, str) and len(self.activation) != len(self.hidden):
            raise ValueError(
                f"activation must be one word or a list of {len(self.hidden)}, one for each "
                f"hidden layer, got {len(self.activation)}."
            )
        return self

    def expansion(self) -> tuple[FeatureMap, ...]:
        return ()

    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> DenseNetwork:
        widths = (n_inputs, *self.hidden, n_outputs)
        names = (*self.hidden_activations(), self.output)
        return DenseNetwork(
            layers=tuple(
                Layer(n_in=a, n_out=b, activation=name, bias=self.bias)
                for a, b, name in zip(widths[:-1], widths[1:], names, strict=True)
            )
        )

    def hidden_activations(self) -> tuple[str, ...]:
        if isinstance(self.activation, str):
            return (self.activation,) * len(self.hidden)
        return self.activation

    def sentence(self) -> str:
        if not self.hidden:
            return "MLP without a hidden layer (a linear model)"
        names = dict.fromkeys(self.hidden_activations())
        return f"MLP with hidden layers {', '.join(map(str, self.hidden))} ({', '.join(names)})"
