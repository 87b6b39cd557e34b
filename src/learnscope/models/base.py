"""What a model is: settings that give a network for given inputs and outputs."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from learnscope.features.base import FeatureMap
from learnscope.models.init import AnyInit, DefaultInit
from learnscope.models.network import Network
from learnscope.settings import Flag, Real, Settings

HiddenActivation = Literal[
    "identity", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "sin",
    "step",
]  # fmt: skip
OutputActivation = Literal[
    "identity", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "sin",
    "step", "softmax", "log_softmax",
]  # fmt: skip
Row = Annotated[tuple[Real, ...], Field(min_length=1)]


class LayerWeights(Settings):
    """Weights of one layer set by hand.

    Attributes:
        weight: (n_out, n_in), one row for each unit.
        bias: (n_out,), left out for zeros.
    """

    weight: Annotated[tuple[Row, ...], Field(min_length=1)]
    bias: tuple[Real, ...] | None = None


class Model(Settings, ABC):
    """Which functions are allowed.

    Attributes:
        output: activation of the output layer.
        bias: whether units have biases.
        init: how the initial weights are drawn.
        weights: weights set by hand, a layer each, in place of drawn ones.
    """

    output: OutputActivation = "identity"
    bias: Flag = True
    init: AnyInit = DefaultInit()
    weights: tuple[LayerWeights, ...] | None = None

    learns: ClassVar[Literal["target", "inputs"]] = "target"
    """What the outputs are compared with: the problem's target, or the network's own inputs."""

    @abstractmethod
    def expansion(self) -> tuple[FeatureMap, ...]:
        """Return the feature maps that are part of the model itself."""

    @abstractmethod
    def network(
        self, n_inputs: int, n_outputs: int, shape: tuple[int, ...] | None = None
    ) -> Network:
        """Return the network for feature rows of width `n_inputs` after the expansion.

        `shape` is that of one example where its features are more than a row, see `Sample`;
        dense models do not look at it.

        Raises:
            InputError: the model cannot be had for such rows; the sentence says what to change.
        """

    @abstractmethod
    def hidden_activations(self) -> tuple[str, ...]:
        """Return the activations of all hidden layers, () for a model without any."""

    @abstractmethod
    def sentence(self) -> str:
        """Say in a few words what the model is, e.g. "MLP with hidden layers 8, 8 (relu)"."""
