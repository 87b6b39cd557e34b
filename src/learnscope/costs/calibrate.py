"""Measuring what this machine does, with trainings of a few milliseconds each.

The time of one thread is taken, so that other work on the machine counts little, and of each
probe the shortest of some runs. Rates are then fitted to the times, relative errors alike for
short and long ones. There are more kinds of work than a handful of times can tell apart; what they
leave open stays as it was assumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from learnscope.costs.probes import FUSED_PROBES, TORCH_PROBES, Probe
from learnscope.costs.work import Work, cost_of, fused_work, torch_work
from learnscope.training.member import Member

PROBE_SECONDS, RUNS = 0.006, 2
"""How long a probe should take, and how often it is run."""
STEPS = 300
"""Steps of the fit, after which rates move by less than the times vary."""


def fused_rates(start: Mapping[str, float]) -> dict[str, float]:
    """Measure the compiled trainer; what it needs is loaded, or built, before the clock starts."""
    from learnscope.fused.compiled import build, call
    from learnscope.fused.outcome import make_result
    from learnscope.fused.plan import make_plan

    def train(member: Member) -> None:
        plan = make_plan(member)
        table = build(plan.ws.dtype, plan.slots())
        make_result(plan, call(table, plan.arguments()), 0.0)

    for probe in FUSED_PROBES:
        plan = make_plan(probe.member(1))
        build(plan.ws.dtype, plan.slots())
    return _measure(FUSED_PROBES, fused_work, train, start)


def torch_rates(start: Mapping[str, float]) -> dict[str, float]:
    """Measure the PyTorch loop, once PyTorch is loaded."""
    from learnscope.training.loop import train_member

    train_member(TORCH_PROBES[0].member(2))
    return _measure(TORCH_PROBES, torch_work, train_member, start)


def _measure(
    probes: Sequence[Probe],
    count: Callable[[Member], Work],
    train: Callable[[Member], object],
    start: Mapping[str, float],
) -> dict[str, float]:
    works, seconds = [], []
    for probe in probes:
        one = cost_of(count(probe.member(1)), start)
        two = cost_of(count(probe.member(2)), start)
        member = probe.member(max(2, min(2000, int((PROBE_SECONDS - one) / (two - one)))))
        works.append(count(member))
        seconds.append(min(_seconds(train, member) for _ in range(RUNS)))
    return fit(works, seconds, start)


def _seconds(train: Callable[[Member], object], member: Member) -> float:
    start = time.thread_time()
    train(member)
    return time.thread_time() - start


def fit(
    works: Sequence[Work], seconds: Sequence[float], start: Mapping[str, float]
) -> dict[str, float]:
    """Return rates >= 0 that explain the times, near `start` where the times say nothing.

    Multiplicative updates for non-negative least squares: D. Lee and H. Seung, "Algorithms for
    non-negative matrix factorization", NIPS 2000, theorem 1, with one factor fixed. Each row is
    divided by its time, so that the residuals are relative.
    """
    kinds = list(start)
    counts = np.array([[work[kind] for kind in kinds] for work in works])
    # In units of the assumed rates, all unknowns are about 1.
    a = counts * np.array([start[kind] for kind in kinds]) / np.array(seconds)[:, None]
    factors = np.ones(len(kinds))
    wanted = a.sum(axis=0)
    for _ in range(STEPS):
        found = a.T @ (a @ factors)
        factors *= np.divide(wanted, found, out=np.ones_like(wanted), where=found > 0)
    return {kind: float(start[kind] * factor) for kind, factor in zip(kinds, factors, strict=True)}
