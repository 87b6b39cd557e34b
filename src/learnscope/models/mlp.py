"""Multi-layer perceptrons of free depth and width."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from learnscope.features.base import FeatureMap
from learnscope.models.base import HiddenActivation, Model
from learnscope.models.network import DenseNetwork, Layer
from learnscope.settings import Count, one_as_list

MOST_LAYERS = 1000
"""Layers that `depth` may ask for."""


class Mlp(Model):
    """A chain of dense layers with an activation after each.

    `width` and `depth` are short for layers that are all alike: width = 16, depth = 3 is
    hidden = [16, 16, 16]. One of them alone keeps the other as `hidden` has it, so that each can
    be an axis of a sweep.

    Attributes:
        hidden: widths of the hidden layers; an empty list is a linear model.
        activation: activation of the hidden layers: one for all, or a list with one for each.
    """

    short_words: ClassVar[tuple[str, ...]] = ("width", "depth")
    kind: Literal["mlp"] = "mlp"
    hidden: Annotated[tuple[Count, ...], BeforeValidator(one_as_list)] = (8, 8)
    activation: HiddenActivation | tuple[HiddenActivation, ...] = "relu"

    @model_validator(mode="before")
    @classmethod
    def _short_for_hidden(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not {"width", "depth"} & data.keys():
            return data
        rest = {word: value for word, value in data.items() if word not in {"width", "depth"}}
        hidden = one_as_list(rest.get("hidden", cls.model_fields["hidden"].default))
        return {**rest, "hidden": _alike(hidden, data.get("width"), data.get("depth"))}

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


def _alike(hidden: Any, width: Any, depth: Any) -> list[Any]:
    """Return layers that are all alike, of this width and number or else those of `hidden`."""
    if depth is None:
        depth = len(hidden)
        if not depth:
            raise ValueError("width needs layers, and hidden is empty. Give the depth too.")
    elif isinstance(depth, bool) or not isinstance(depth, int) or not 0 <= depth <= MOST_LAYERS:
        raise ValueError(
            f"depth must be a whole number from 0 to {MOST_LAYERS}, got {depth!r}. Give the number "
            "of hidden layers."
        )
    if width is None:
        if len({*hidden}) > 1:
            raise ValueError(
                f"depth needs layers of one width, and hidden is {list(hidden)}. Give the width "
                "too."
            )
        width = hidden[0] if hidden else 8
    return [width] * depth
