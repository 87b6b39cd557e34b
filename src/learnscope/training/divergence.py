"""Why a training ended in numbers that are not finite, said in one sentence with its numbers.

This file imports PyTorch: import it where it is used.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from learnscope.training.evaluate import Data, is_summed
from learnscope.training.member import Member
from learnscope.training.module import NetworkModule

LARGE_INPUT = 100.0
"""Inputs beyond this are named as a cause: standardised ones stay within about 5."""


class NotFinite(Exception):
    """A number of an update is infinite or not a number: a signal inside the trainer.

    Attributes:
        what: "loss", "gradient" or "weights".
        value: it, or the largest of them.
    """

    def __init__(self, what: str, value: float) -> None:
        super().__init__(what)
        self.what, self.value = what, value


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scene:
    """Where it happened.

    Attributes:
        epoch: the epoch under way, 1 for the first; 0 before any update.
        batch: the batch, 1 for the first; 0 for the evaluation after the epoch.
        rate: learning rate of the epoch.
        rows: the rows of the update.
        gradient_norm: norm of the last finite gradient; NaN where there was none.
    """

    epoch: int
    batch: int
    rate: float
    rows: Data
    gradient_norm: float


def explain(fault: NotFinite, scene: Scene, module: NetworkModule, member: Member) -> str:
    """Return the cause of a divergence; `module` holds the last finite weights."""
    kind = "not a number" if math.isnan(fault.value) else "infinite"
    became = f"The {fault.what} became {kind} {_place(scene)}"
    return f"{became}: {_numbers(scene, module)}. {_advice(scene, member)}"


def _place(scene: Scene) -> str:
    if scene.epoch == 0:
        return "before any update"
    if scene.batch == 0:
        return f"at the end of epoch {scene.epoch}"
    return f"in epoch {scene.epoch} (batch {scene.batch})"


def _numbers(scene: Scene, module: NetworkModule) -> str:
    with torch.no_grad():
        output = largest(module(scene.rows.x))
        norm = math.hypot(*(float(w.double().norm()) for w in module.parameters()))
    text = f"the outputs had grown to {_size(output)}, the norm of the weights to {norm:.2g}"
    if math.isfinite(scene.gradient_norm):
        text += f" and that of the last finite gradient to {scene.gradient_norm:.2g}"
    if scene.epoch == 0:
        text = f"the outputs are {_size(output)} and the norm of the first weights is {norm:.2g}"
        return f"{text}, with inputs up to {largest(scene.rows.x):.2g}"
    return f"{text} under the learning rate {scene.rate:g}"


def _size(value: float) -> str:
    return f"{value:.2g}" if math.isfinite(value) else "more than the number type holds"


def _advice(scene: Scene, member: Member) -> str:
    text = ", or ".join(_remedies(scene, member))
    return f"{text[0].upper()}{text[1:]}."


def _remedies(scene: Scene, member: Member) -> Iterator[str]:
    training = member.experiment.training
    inputs = largest(torch.tensor(member.parts["train"].x))
    shrink = scene.rate * training.weight_decay
    grows = training.is_decoupled or training.optimizer.kind_name() == "sgd"
    if scene.epoch > 0 and grows and shrink > 2:
        yield (
            f"rate times weight_decay is {shrink:.3g}, and above 2 the decay itself enlarges the "
            f"weights in every update: make weight_decay smaller than {1 / scene.rate:.2g}"
        )
    elif scene.epoch > 0:
        yield f"try a rate of {scene.rate / 100:.2g} or less"
    elif inputs <= LARGE_INPUT:
        yield "start from smaller weights, for example model.init = 'default'"
    if inputs > LARGE_INPUT:
        yield f"scale the inputs, which reach {inputs:.2g}, for example with 'standardise'"
    if scene.epoch > 0 and is_summed(training.loss):
        yield "use the reduction 'mean', as the sum over rows makes every update larger"


def largest(values: torch.Tensor) -> float:
    """Return the largest size of a number; NaN where one is not a number."""
    return float(values.abs().max()) if values.numel() else 0.0
