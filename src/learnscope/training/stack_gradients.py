"""Gradients of several networks of one shape at a time, by `torch.func`.

This file imports PyTorch: import it where it is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor
from torch.func import functional_call, grad, vmap

from learnscope.models.stepwise import make_stepwise
from learnscope.training.member import Member
from learnscope.training.module import Chance, NetworkModule

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Gradients:
    """What an update of r networks sees before it moves their weights.

    Attributes:
        weights: name -> gradient (r, ...) of the objective.
        objective: (r,) what is minimised.
        total: (r,) sum of the losses over the rows.
        count: (r,) their count, see `Loss`.
    """

    weights: dict[str, Tensor]
    objective: Tensor
    total: Tensor
    count: Tensor


@dataclass(frozen=True, slots=True)
class Ask:
    """Random numbers that a network wants in an update, see `Chance`."""

    kind: Literal["normal", "uniform"]
    shape: tuple[int, ...]
    stream: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking(Chance):
    """Notes what a network asks for."""

    asked: list[Ask] = field(default_factory=list)

    def normal(self, like: Tensor, stream: int = 0) -> Tensor:
        self.asked.append(Ask("normal", tuple(like.shape), stream))
        return torch.zeros_like(like)

    def uniform(self, like: Tensor, stream: int = 0) -> Tensor:
        self.asked.append(Ask("uniform", tuple(like.shape), stream))
        return torch.zeros_like(like)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told(Chance):
    """Gives numbers that were drawn before, in the order in which they were asked for."""

    numbers: list[Tensor]

    def normal(self, like: Tensor, stream: int = 0) -> Tensor:
        return self.numbers.pop(0)

    def uniform(self, like: Tensor, stream: int = 0) -> Tensor:
        return self.numbers.pop(0)


class StackGradients:
    """The function from the weights of a stack to their gradients.

    Args:
        members: of one kind, see `stack_kind`.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        training = members[0].experiment.training
        self._members, self._loss = members, training.loss
        self._module = members[0].network.module(training.precision)
        make_stepwise(self._module)
        for part in self._module.modules():
            if hasattr(part, "image_order"):
                setattr(part, "image_order", torch.contiguous_format)  # noqa: B010
        self._learning = _Learning(self._module)
        self._dtype = getattr(torch, training.precision)
        self._asked: dict[int, list[Ask]] = {}
        self._all = vmap(grad(self._objective, has_aux=True))

    def __call__(self, weights: Weights, x: Tensor, y: Tensor, step: int) -> Gradients:
        """Return the gradients for weights (r, ...), rows (r, b, d) and targets (r, b, ...).

        `step` counts the updates before this one.
        """
        inside = {f"module.{name}": weight for name, weight in weights.items()}
        found, (objective, total, count) = self._all(inside, x, y, self._drawn(x, y, step))
        return Gradients(
            weights={name: found[f"module.{name}"] for name in weights},
            objective=objective,
            total=total,
            count=count,
        )

    def _objective(self, weights: Weights, x: Tensor, y: Tensor, numbers: list[Tensor]) -> Any:
        chance = Told(key=0, step=0, numbers=list(numbers))
        output, more = functional_call(self._learning, dict(weights), (x, y, chance))
        total, count = self._loss.tensor(output, y, None)
        objective = total / count if more is None else (total + more) / count
        return objective, (objective, total, torch.as_tensor(count, dtype=total.dtype))

    def _drawn(self, x: Tensor, y: Tensor, step: int) -> list[Tensor]:
        """Return what the networks ask for (r, ...), each as its member alone has it."""
        b = x.shape[1]
        if b not in self._asked:
            asking = Asking(key=0, step=0)
            with torch.no_grad():
                self._module.learn(x[0], y[0], asking)
            self._asked[b] = asking.asked
        chances = [Chance(key=member.model_key, step=step) for member in self._members]
        return [
            torch.stack([self._draw(chance, ask) for chance in chances]) for ask in self._asked[b]
        ]

    def _draw(self, chance: Chance, ask: Ask) -> Tensor:
        like = torch.empty(ask.shape, dtype=self._dtype)
        draw = chance.normal if ask.kind == "normal" else chance.uniform
        return draw(like, ask.stream)


class _Learning(torch.nn.Module):
    """`learn` as a call, which is what `functional_call` makes."""

    def __init__(self, module: NetworkModule) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor, y: Tensor, chance: Chance) -> tuple[Tensor, Tensor | None]:
        return self.module.learn(x, y, chance)
