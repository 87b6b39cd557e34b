"""How large the steps of a loop are: schedules that take the rate away, clipping that cuts all."""

from __future__ import annotations

from collections.abc import Iterator

from torch.optim import SGD

from learnscope.doctor.hint import Hint
from learnscope.doctor.watching.seen import OptimizerSeen, Seen, model_of

ENOUGH = 3
"""Steps that must show the same: a rule of a loop needs more than one pass through it."""
CUT, SLOW = 1e-2, 1e-4
"""Share of the gradient that clipping leaves, and relative change of parameters in a step: below
the second a training stands still (the limit of the taxonomy for a rate that is too low); the
first is far beyond any clipping of outliers, which leaves the median gradient as it is."""


def schedules(seen: Seen) -> Iterator[Hint]:
    """Look for schedules that step too early, or are over before the training is."""
    for text, where in seen.warnings:
        if "lr_scheduler.step()" in text and "before" in text:
            yield Hint(
                slug="schedule-order",
                title="The schedule steps before the optimiser",
                where=where,
                why="scheduler.step() sets the rate for what comes next. Called first, it skips "
                "the first value of the schedule.",
                change="optimizer.step(), then scheduler.step()",
                severity="warning",
                confidence="confirmed",
            )
    for optimizer in seen.optimizers.values():
        yield from _rate_dies(optimizer)


def clipped(seen: Seen) -> Iterator[Hint]:
    """Look for gradients that are cut to a hundredth or less, in steps that hardly move.

    At a step the norm is then that of the limit, every time. Optimisers that divide by the size of
    the gradient do not mind.
    """
    for optimizer in seen.optimizers.values():
        model = model_of(seen, optimizer)
        norms, shares = optimizer.norms, optimizer.shares
        if model is None or len(shares) < ENOUGH or not isinstance(optimizer.optimizer, SGD):
            continue
        moves = sorted(s.update / s.weight for s in model.parameters if s.weight > 0)
        move = moves[len(moves) // 2] if moves else 1.0
        if max(shares) > CUT or max(norms) > 1.001 * min(norms) or move > SLOW:
            continue
        yield Hint(
            slug="clipping-too-strong",
            title=f"Gradients are clipped to a norm of {norms[-1]:.2g}",
            where=optimizer.where,
            why="Clipping is for rare steps that are far too large. Where every gradient is cut, a "
            "step is rate times the limit, whatever the gradient says of the distance.",
            change="Clip to about the usual norm, e.g. "
            f"max_norm={_rounded(norms[-1] / max(shares))}.",
            confidence="likely",
            evidence=(
                ("largest share of a gradient that is left", max(shares), CUT),
                ("median change of a parameter in a step, relative", move, SLOW),
            ),
        )


def _rounded(x: float) -> str:
    return f"{float(f'{x:.0e}'):g}"


def _rate_dies(optimizer: OptimizerSeen) -> Iterator[Hint]:
    rates = optimizer.rates
    if len(rates) < 8 or optimizer.steps < 20:
        return
    peak = max(rate for _, rate in rates)
    first, last = rates[0][0], rates[-1][0]
    low = [step for step, rate in rates if rate < 1e-3 * peak]
    share = (low[0] - first) / max(last - first, 1) if low else 1.0
    if low and share < 0.3 and rates[-1][1] < 1e-3 * peak:
        yield Hint(
            slug="schedule-ends-early",
            title="The learning rate is gone before a third of the training",
            where=optimizer.where,
            why="Steps are proportional to the rate, which fell below a thousandth of its peak: "
            "what comes after trains next to nothing. A schedule meant for epochs may have been "
            "stepped with every batch.",
            change="Step the schedule once an epoch, or make it longer.",
            confidence="likely",
            evidence=(("share of the steps before", share, 0.3), ("rate", rates[-1][1], peak)),
        )
