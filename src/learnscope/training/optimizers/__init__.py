"""Optimisers: one file each, `OPTIMIZERS` gives their names."""

from typing import TYPE_CHECKING

from learnscope.settings import kinds_of
from learnscope.training.optimizers.adam import Adam
from learnscope.training.optimizers.adamw import AdamW
from learnscope.training.optimizers.base import Optimizer
from learnscope.training.optimizers.lbfgs import Lbfgs
from learnscope.training.optimizers.rmsprop import RmsProp
from learnscope.training.optimizers.sgd import Sgd

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "adam": Adam,
    "adamw": AdamW,
    "lbfgs": Lbfgs,
    "rmsprop": RmsProp,
    "sgd": Sgd,
}

if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = kinds_of(OPTIMIZERS, default="adam")

__all__ = [
    "OPTIMIZERS",
    "Adam",
    "AdamW",
    "AnyOptimizer",
    "Lbfgs",
    "Optimizer",
    "RmsProp",
    "Sgd",
]
