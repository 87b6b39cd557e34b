"""Models: one file for each family, `MODELS` gives their names."""

from typing import TYPE_CHECKING

from learnscope.models.base import Model
from learnscope.models.linear import Linear
from learnscope.models.mlp import Mlp
from learnscope.models.polynomial import Polynomial
from learnscope.settings import kinds_of

MODELS: dict[str, type[Model]] = {
    "linear": Linear,
    "mlp": Mlp,
    "polynomial": Polynomial,
}

if TYPE_CHECKING:
    AnyModel = Model
else:
    AnyModel = kinds_of(MODELS, default="mlp")

__all__ = ["MODELS", "AnyModel", "Linear", "Mlp", "Model", "Polynomial"]
