"""The free-output fit: can the loss be learned at all?

The model is replaced by a free tensor of the output's shape, and the loss is minimised by 200
steps of Adam. A sound loss ends with outputs that predict the targets (score 0.95), whatever the
architecture. Found so: swapped arguments, a turned sign, a loss that cannot fit the task. Source:
the taxonomy, section 2.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from learnscope.doctor.calls import quiet
from learnscope.doctor.case import LOSS_ROWS, Case
from learnscope.doctor.finding import Evidence
from learnscope.doctor.fitting import Space, fit_free
from learnscope.doctor.reading import reading_of
from learnscope.doctor.rules.base import Rule, Suspicion
from learnscope.doctor.setup import Loss, Setup
from learnscope.doctor.task import score_of, unique

SOUND = 0.95
SPACES: dict[str, Space] = {
    "": lambda free: free,
    "sigmoid": torch.sigmoid,
    "softmax": lambda free: torch.softmax(free, dim=1 if free.dim() > 1 else 0),
    "log_softmax": lambda free: torch.log_softmax(free, dim=1 if free.dim() > 1 else 0),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeFit:
    """What came of a fit: score, first and last loss, and the fitted outputs' space.

    `agreement` is the correlation of the fitted outputs with the targets, `slope` that of the line
    through them.
    """

    score: float
    first: float
    last: float
    space: str
    agreement: float = math.nan
    slope: float = math.nan

    @property
    def follows(self) -> bool:
        """Whether the fitted outputs are the targets made larger or smaller."""
        return self.agreement >= FAITHFUL and self.slope > 0

    @property
    def runs_away(self) -> bool:
        """Whether the loss fell far below nothing."""
        return not math.isfinite(self.last) or self.last < -2.0 * max(1.0, abs(self.first))


def free_fit(case: Case, loss: Loss) -> FreeFit | None:
    """Fit free outputs to targets of the probe rows; None where the loss cannot be taken."""
    names = [case.closing] if case.closing in SPACES and case.closing else ["", "sigmoid"]
    for name in names:
        found = _fit(case, loss, SPACES[name], name)
        if found is not None:
            return found
    return None


def _fit(case: Case, loss: Loss, space: Space, name: str) -> FreeFit | None:
    y = case.y[:LOSS_ROWS]
    fitted = fit_free(loss, case.output[: len(y)], y, space=space)
    if fitted is None:
        return None
    output = torch.nan_to_num(fitted.output)
    agreement, slope = _line(output, y)
    return FreeFit(
        score=score_of(output, y, case.task),
        first=fitted.losses[0],
        last=fitted.losses[-1],
        space=name,
        agreement=agreement,
        slope=slope,
    )


def _line(output: Tensor, y: Tensor) -> tuple[float, float]:
    """Return correlation of outputs with targets, and the slope of outputs over targets."""
    if output.numel() != y.numel():
        return math.nan, math.nan
    a, b = (t.double().reshape(-1) - t.double().mean() for t in (output, y))
    size = float(b.square().sum())
    if size == 0 or float(a.square().sum()) == 0:
        return 0.0, 0.0
    product = float((a * b).sum())
    return product / math.sqrt(size * float(a.square().sum())), product / size


class LossFits(Rule):
    """A loss whose minimum is not the target."""

    slugs = ("wrong-loss-sign", "swapped-loss-arguments", "wrong-loss", "penalty-too-strong")
    stage = "exact"

    def look(self, case: Case) -> list[Suspicion]:
        if any(g.get("maximize") for g in case.setup.optimizer.param_groups):
            return [_maximised()]
        if not case.is_plain or unique(case.y[:LOSS_ROWS]).numel() < 2:
            return []
        if case.output.shape != case.y.shape and case.output.numel() == case.y.numel():
            return []  # broadcasting has a rule of its own
        if case.task.reading is not None or case.task.span is not None:
            return []  # the loss gives the targets back, behind a function or beside other numbers
        loss = case.setup.loss
        as_is = free_fit(case, loss)
        if as_is is None or (as_is.score >= SOUND and not as_is.runs_away):
            return self._linear(case, loss)
        if as_is.score >= SOUND and case.task.kind == "regression":
            return []  # a likelihood with a free variance may fall below nothing
        for slug, repaired in (("wrong-loss-sign", _negated), ("swapped-loss-arguments", _swapped)):
            if slug.startswith("swapped") and case.task.kind == "regression" and as_is.follows:
                continue  # A penalty on outputs is one on targets when the two are exchanged.
            other = free_fit(case, repaired(loss))
            if other is None:
                continue
            sound = other.score >= SOUND and not other.runs_away
            # Behind a closing activation that cannot reach the targets no loss gives them back.
            if sound or (_gives_back(case, repaired(loss)) and not _gives_back(case, loss)):
                return [_suspicion(slug, as_is, other, repaired)]
        return _unfit(case, as_is) if case.task.kind == "regression" else []

    def _linear(self, case: Case, loss: Loss) -> list[Suspicion]:
        """Look for a cross-entropy of the targets under the outputs: straight in the outputs."""
        y = case.y[:LOSS_ROWS]
        if not y.is_floating_point() or case.output[: len(y)].shape != y.shape:
            return []
        if case.closing not in ("sigmoid", "softmax") or case.task.kind == "regression":
            return []

        def bend(of: Loss) -> float:
            with quiet(), torch.no_grad():
                a, b = (0.1 + 0.8 * torch.rand(y.shape, dtype=y.dtype) for _ in range(2))
                ends = [float(of(o, y)) for o in (a, b, (a + b) / 2)]
            return abs(ends[0] + ends[1] - 2 * ends[2]) / max(1e-6, *map(abs, ends))

        try:
            straight, other = bend(loss), bend(_swapped(loss))
        except (RuntimeError, ValueError, TypeError):
            return []
        if straight > 1e-4 or other < 1e-2 or _rewards_all(loss, y):
            return []
        as_is, fit = free_fit(case, loss), free_fit(case, _swapped(loss))
        if fit is None or fit.score < SOUND:
            return []
        # Where the slope is infinite no output can be fitted at all.
        as_is = as_is or FreeFit(score=0.0, first=math.nan, last=math.nan, space=case.closing)
        return [_suspicion("swapped-loss-arguments", as_is, fit, _swapped)]


def _gives_back(case: Case, loss: Loss) -> bool:
    """Whether the loss of a regression gives the targets back behind a function."""
    y = case.y[:LOSS_ROWS]
    if case.task.kind != "regression" or not y.is_floating_point():
        return False
    fitted = fit_free(loss, case.output[: len(y)], y)
    return fitted is not None and reading_of(fitted.output, y) is not None


def _rewards_all(loss: Loss, y: Tensor) -> bool:
    """Whether a loss falls where all outputs rise: -sum t o, which wants log-probabilities.

    Outputs whose target is 0 do not count in it, however large they are; where the arguments of a
    cross-entropy are swapped they do.
    """
    with quiet(), torch.no_grad():
        free = torch.full_like(y, 0.5)
        here, up = float(loss(free, y)), float(loss(free + 0.4, y))
        wrong = float(loss(free + 0.4 * (y < 0.5), y))
    return up < here and wrong <= here + 1e-6 * abs(here)


def _suspicion(
    slug: str, as_is: FreeFit, other: FreeFit, repaired: Callable[[Loss], Loss]
) -> Suspicion:
    words = {
        "wrong-loss-sign": (
            "The loss falls as the outputs get worse: its sign is turned",
            "Minimising -L maximises L: the better the optimiser, the worse the outputs. A free "
            "output that minimises this loss runs away from the targets.",
            "Turn the sign of the loss.",
        ),
        "swapped-loss-arguments": (
            "Output and target are given to the loss in the wrong order",
            "A loss such as -sum t log o is not the same when o and t are exchanged: its gradient "
            "is then that of another function. Outputs fitted with the arguments exchanged predict "
            "the targets as they should.",
            "Exchange the arguments: loss(output, target).",
        ),
    }
    title, why, change = words[slug]
    return Suspicion(
        slug=slug,
        title=title,
        evidence=(
            Evidence(what="score of free outputs that minimise the loss", value=as_is.score,
                     limit=SOUND),
            Evidence(what="loss they end with", value=as_is.last),
            Evidence(what="score with the change", value=other.score, limit=SOUND),
        ),
        why=why,
        changes=((change, lambda setup: _with_loss(setup, repaired)),),
        alone=True,
    )  # fmt: skip


def _maximised() -> Suspicion:
    change = "Make the optimiser without maximize=True."

    def apply(setup: Setup) -> Setup:
        for group in setup.optimizer.param_groups:
            group["maximize"] = False
        return setup

    return Suspicion(
        slug="wrong-loss-sign",
        title="The optimiser goes up the loss: maximize is on",
        evidence=(Evidence(what="maximize", value="True", limit="False"),),
        why="With maximize=True each step adds the gradient instead of subtracting it. The loss "
        "grows, and the better the optimiser, the faster.",
        changes=((change, apply),),
        alone=True,
    )


SHRUNK, FAITHFUL, UNFIT = 0.7, 0.95, 0.5


def _unfit(case: Case, fit: FreeFit) -> list[Suspicion]:
    """Tell a loss whose minimum is the target made smaller, or has little to do with it."""
    evidence = (
        Evidence(what="R2 of free outputs that minimise the loss", value=fit.score, limit=SOUND),
        Evidence(what="their correlation with the targets", value=fit.agreement, limit=FAITHFUL),
        Evidence(what="their slope over the targets", value=fit.slope, limit=1.0),
    )
    if fit.agreement >= FAITHFUL and 0 <= fit.slope < SHRUNK:
        return [
            Suspicion(
                slug="penalty-too-strong",
                title=f"The loss is least where outputs are {fit.slope:.2g} times the targets: a "
                "penalty on the outputs weighs more than the error",
                evidence=evidence,
                why="A penalty c o^2 beside the error (o - t)^2 moves the best output from t to "
                "t / (1 + c). No network can be better than that minimum.",
                changes=(("Leave the penalty on the outputs out.", _squared),),
                advice="Make the penalty smaller.",
                alone=True,
            )
        ]
    if fit.score < UNFIT:
        return [
            Suspicion(
                slug="wrong-loss",
                title="The loss is least where outputs have little to do with the targets",
                evidence=evidence,
                why="Free outputs that minimise this loss do not predict the targets, so no "
                "network that minimises it will. It was made for targets of another kind.",
                changes=(("Use the squared error for numbers: mse_loss(output, target).",
                          _squared),),
                alone=True,
            )
        ]  # fmt: skip
    return []


def _squared(setup: Setup) -> Setup:
    return replace(setup, loss=torch.nn.functional.mse_loss)


def _with_loss(setup: Setup, repaired: Callable[[Loss], Loss]) -> Setup:
    return replace(setup, loss=repaired(setup.loss))


def _negated(loss: Loss) -> Loss:
    return lambda output, target: -loss(output, target)


def _swapped(loss: Loss) -> Loss:
    def swapped(output: Any, target: Any) -> Any:
        return loss(target.to(output.dtype), output)

    return swapped
