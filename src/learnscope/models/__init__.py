"""Models: one file for each family, `MODELS` gives their names."""

from typing import TYPE_CHECKING

from learnscope.models.autoencoder import Autoencoder
from learnscope.models.base import Model
from learnscope.models.conv import Conv
from learnscope.models.linear import Linear
from learnscope.models.mlp import Mlp
from learnscope.models.polynomial import Polynomial
from learnscope.models.recurrent import Recurrent
from learnscope.models.recurrent_autoencoder import RecurrentAutoencoder
from learnscope.models.seq2seq import Seq2Seq
from learnscope.settings import kinds_of

MODELS: dict[str, type[Model]] = {
    "autoencoder": Autoencoder,
    "conv": Conv,
    "linear": Linear,
    "mlp": Mlp,
    "polynomial": Polynomial,
    "recurrent": Recurrent,
    "recurrent_autoencoder": RecurrentAutoencoder,
    "seq2seq": Seq2Seq,
}

if TYPE_CHECKING:
    AnyModel = Model
else:
    AnyModel = kinds_of(MODELS, default="mlp")

__all__ = [
    "MODELS",
    "AnyModel",
    "Autoencoder",
    "Conv",
    "Linear",
    "Mlp",
    "Model",
    "Polynomial",
    "Recurrent",
    "RecurrentAutoencoder",
    "Seq2Seq",
]
