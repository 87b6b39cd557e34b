"""Losses: one file each, `LOSSES` gives their names."""

from typing import TYPE_CHECKING

from learnscope.settings import kinds_of
from learnscope.training.losses.base import Family, Loss
from learnscope.training.losses.bce import Bce
from learnscope.training.losses.bce_logits import BceLogits
from learnscope.training.losses.cross_entropy import CrossEntropy
from learnscope.training.losses.huber import Huber
from learnscope.training.losses.l1 import L1
from learnscope.training.losses.mse import Mse
from learnscope.training.losses.nll import Nll
from learnscope.training.losses.percentage import Percentage
from learnscope.training.losses.softmax_twice import SoftmaxTwice
from learnscope.training.losses.weighted import Weighted

LOSSES: dict[str, type[Loss]] = {
    "mse": Mse,
    "l1": L1,
    "huber": Huber,
    "percentage": Percentage,
    "weighted": Weighted,
    "bce": Bce,
    "bce_logits": BceLogits,
    "cross_entropy": CrossEntropy,
    "nll": Nll,
    "softmax_twice": SoftmaxTwice,
}

if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = kinds_of(LOSSES, default="mse")

__all__ = ["LOSSES", "AnyLoss", "Family", "Loss", "Mse"]
