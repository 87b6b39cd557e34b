"""One update of the weights: gradient, penalties, clipping, decay, step.

This file imports PyTorch: import it where it is used.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from learnscope.training.divergence import NotFinite, largest
from learnscope.training.dropout import dropout_mask
from learnscope.training.evaluate import Data
from learnscope.training.member import Member
from learnscope.training.module import Chance, NetworkModule


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What an update saw before it moved the weights.

    Attributes:
        total: sum of the losses over its rows, with dropout.
        count: their count, see `Loss`.
        gradient_norm: Euclidean norm of the gradient of the loss alone.
    """

    total: float
    count: float
    gradient_norm: float


class Updater:
    """A module together with PyTorch's optimiser for it.

    An update is, in this order:

    1. the gradient of the loss over the rows of the batch, with dropout after every hidden
       activation and what else the network does in learning alone, see `NetworkModule.learn`;
       its norm is noted here;
    2. plus l1 sign(w), where sign(0) = 0;
    3. times min(1, clip_norm / (norm + 1e-6)), as `torch.nn.utils.clip_grad_norm_` has it;
    4. every component cut to +-clip_value;
    5. coupled decay adds weight_decay w to the gradient; decoupled decay multiplies the weights
       by 1 - lr weight_decay;
    6. the step of the optimiser.

    L1 and decay leave biases out unless `decay_biases`. For L-BFGS, which compares values of its
    objective, that is the loss plus weight_decay / 2 ||w||^2.

    Attributes:
        optimizer: PyTorch's.
        gradient_norm: that of the last update whose gradient was finite; NaN before.
    """

    def __init__(self, member: Member, module: NetworkModule) -> None:
        training = member.experiment.training
        self.optimizer: torch.optim.Optimizer
        self.gradient_norm = math.nan
        self._module, self._member = module, member
        self._training = training
        self._all = list(module.parameters())
        self._last = _flat(self._all)
        self._kind = "decoupled" if training.is_decoupled else "coupled"
        self._is_own = training.optimizer.own_decay == self._kind
        # Biases are vectors, weights are matrices or kernels.
        self._decayed = [w for w in self._all if w.dim() > 1 or training.decay_biases]
        self.optimizer = training.optimizer.build(self._groups(), training.lr)

    def update(self, rows: Data, rate: float, step: int) -> Taken:
        """Move the weights once; `step` counts the updates before this one.

        Raises:
            NotFinite: a number was infinite or not a number; the weights are those before.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        key, factors = self._member.model_key, self._factors(len(rows), step)
        chance = Chance(key=key, step=step, factors=factors)
        taken: list[Taken] = []

        def closure() -> Tensor:
            self.optimizer.zero_grad()
            output, more = self._module.learn(rows.x, rows.y, chance)
            total, count = self._training.loss.tensor(output, rows.y, rows.weight)
            objective = total / count if more is None else (total + more) / count
            torch.autograd.backward(objective)
            # L-BFGS calls again at other weights.
            if not taken:
                taken.append(self._look(objective, float(total.detach()), float(count)))
            return objective.detach() + self._penalize(rate)

        # PyTorch's own type asks for a number, and its L-BFGS for a tensor.
        self.optimizer.step(cast(Callable[[], float], closure))
        self._check_weights()
        return taken[0]

    def _groups(self) -> list[dict[str, Any]]:
        """Return all weights in one group, or biases in another without decay."""
        own = self._training.weight_decay if self._is_own else 0.0
        if len(self._decayed) == len(self._all):
            return [{"params": self._all, "weight_decay": own}]
        spared = [w for w in self._all if w.dim() == 1]
        return [
            {"params": self._decayed, "weight_decay": own},
            {"params": spared, "weight_decay": 0.0},
        ]

    def _factors(self, b: int, step: int) -> Sequence[Tensor]:
        """Return what multiplies the hidden activations: 0, or 1 / (1 - p)."""
        p, key = self._training.dropout, self._member.dropout_key
        if p == 0:
            return ()
        units = self._member.network.units
        masks = (dropout_mask(key, step, i, b, h, p) for i, h in enumerate(units))
        return [torch.from_numpy(mask).to(self._all[0].dtype) / (1 - p) for mask in masks]

    def _look(self, loss: Tensor, total: float, count: float) -> Taken:
        if not math.isfinite(float(loss.detach())):
            raise NotFinite("loss", float(loss.detach()))
        # In double precision the squares of float32 numbers do not overflow.
        gradient = _flat([w.grad for w in self._all if w.grad is not None])
        norm = float(gradient.double().norm())
        if not math.isfinite(norm):
            raise NotFinite("gradient", norm)
        self.gradient_norm = norm
        return Taken(total=total, count=count, gradient_norm=norm)

    @torch.no_grad()
    def _penalize(self, rate: float) -> Tensor:
        """Add penalties to the gradient and clip it; return what the objective has more."""
        t = self._training
        for w in self._decayed if t.l1 else ():
            assert w.grad is not None
            w.grad.add_(w.sign(), alpha=t.l1)
        if t.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._all, t.clip_norm)
        if t.clip_value is not None:
            torch.nn.utils.clip_grad_value_(self._all, t.clip_value)
        if t.weight_decay and not self._is_own:
            return self._decay(rate * t.weight_decay, t.weight_decay)
        return torch.zeros((), dtype=self._all[0].dtype)

    def _decay(self, shrink: float, decay: float) -> Tensor:
        """Do the decay that PyTorch's optimiser does not do by itself."""
        more = torch.zeros((), dtype=self._all[0].dtype)
        for w in self._decayed:
            if self._kind == "decoupled":
                w.mul_(1 - shrink)
                continue
            assert w.grad is not None
            w.grad.add_(w, alpha=decay)
            more += decay / 2 * w.square().sum()
        return more

    def _check_weights(self) -> None:
        weights = _flat(self._all)
        # A sum of finite weights is finite, but for very large ones; it is much sooner had.
        if math.isfinite(float(weights.sum())) or bool(weights.isfinite().all()):
            self._last = weights
            return
        torch.nn.utils.vector_to_parameters(self._last, self._all)
        raise NotFinite("weights", largest(weights))


def _flat(tensors: Sequence[Tensor]) -> Tensor:
    """Return a copy of all numbers in one vector."""
    return torch.cat([t.detach().flatten() for t in tensors])
