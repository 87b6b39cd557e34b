"""Which trainer trains: the fused one where it can and is faster, else PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from learnscope.costs import Estimate, Rates, estimate, known_rates, measured_rates
from learnscope.errors import InputError, suggestion
from learnscope.training.member import Member
from learnscope.training.members import Members, epochs_of
from learnscope.training.result import OnProgress, OnResult, Progress, Result, ShouldStop

if TYPE_CHECKING:
    from learnscope.training.loop import TrainingState

Route = Literal["auto", "torch", "fused"]

LOOKED_AT = 16
"""Members whose work is counted, at most: those of one experiment differ by little."""

CLOSE, LONG = 3.0, 5.0
"""Times that differ by no more than this factor are close; seconds from which it pays to measure
the machine before it is decided between them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which route trains, and why in a few words.

    Attributes:
        route: the route.
        reason: why this one.
        estimates: what the members will take on each route that can train them and whose work
            can be counted.
    """

    route: Literal["torch", "fused"]
    reason: str
    estimates: Mapping[Literal["torch", "fused"], Estimate] = field(default_factory=dict)


def choose_route(
    members: Sequence[Member], wanted: Route = "auto", n_members: int | None = None
) -> Choice:
    """Return the route for these members.

    Args:
        members: what is to be trained, or some members that stand for all.
        wanted: a route to take, or "auto" for the one that is expected to be faster.
        n_members: how many there are in all; left out, as many as are given.

    Raises:
        InputError: there is no such route, or the fused one was asked for and cannot train them.
    """
    from learnscope import fused

    _check_word(wanted)
    n = len(members) if n_members is None else n_members
    if isinstance(members, Members):
        members = [members[i] for i in members.kinds()]
    obstacle = next((text for m in members if (text := fused.supports(m))), None)
    estimates = _estimates(members, bool(obstacle), n, measure=wanted == "auto")
    if wanted == "torch":
        return Choice(route="torch", reason="asked for", estimates=estimates)
    if wanted == "fused":
        if obstacle:
            raise InputError(
                f"--route fused cannot train this experiment: {obstacle}. Use '--route torch'."
            )
        return Choice(route="fused", reason="asked for", estimates=estimates)
    if obstacle:
        return Choice(route="torch", reason=obstacle, estimates=estimates)
    ours, other = estimates["fused"].seconds, estimates["torch"].seconds
    route: Literal["torch", "fused"] = "fused" if ours <= other else "torch"
    times = max(ours, other) / min(ours, other)
    reason = (
        f"expected to be {times:,.0f} times as fast"
        if times >= 10
        else (f"expected to be {times:.1f} times as fast")
    )
    return Choice(route=route, reason=reason, estimates=estimates)


def _estimates(
    members: Sequence[Member], only_torch: bool, n: int, measure: bool
) -> dict[Literal["torch", "fused"], Estimate]:
    """Return the estimates; with `measure`, rates are measured where much hangs on them."""
    routes: tuple[Literal["torch", "fused"], ...] = ("torch",) if only_torch else ("torch", "fused")
    # Spread over all, as a list may hold one kind of member after the other.
    some = members[:: -(-len(members) // LOOKED_AT)]

    def all_by(rates: Callable[[Literal["torch", "fused"]], Rates]) -> dict[Any, Estimate]:
        found = {route: estimate(some, route, rates(route), n) for route in routes}
        return {route: value for route, value in found.items() if value is not None}

    found = all_by(known_rates)
    seconds = [value.seconds for value in found.values()]
    undecided = len(seconds) == 2 and max(seconds) < CLOSE * min(seconds)
    if measure and undecided and min(seconds) > LONG:
        return all_by(measured_rates)
    return found


def _check_word(wanted: str) -> None:
    words = get_args(Route)
    if wanted not in words:
        raise InputError(
            f"route must be one of {', '.join(words)}, got {wanted!r}."
            f"{suggestion(str(wanted), words)}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """What a caller hears while members train, and how it stops them.

    Attributes:
        on_progress: called some times a second.
        on_result: called with every finished member, from one thread at a time.
        should_stop: asked often; true ends the training with `Interrupted`.
    """

    on_progress: OnProgress
    on_result: OnResult
    should_stop: ShouldStop


@dataclass(frozen=True, kw_only=True, slots=True)
class Resume:
    """How the members at work are kept and taken up. Called from any thread.

    Attributes:
        load: gives the state kept for a member, or None.
        save: keeps a state of a member.
    """

    load: Callable[[Member], TrainingState | None]
    save: Callable[[Member, TrainingState], None]


def train_members(
    members: Sequence[Member],
    choice: Choice,
    listener: Listener,
    resume: Resume,
    seconds: float | None = None,
) -> list[Result | None]:
    """Train the members on the chosen route and return their results in the same order.

    Args:
        members: what to train; `Members` are prepared one at a time.
        choice: the route.
        listener: hears of progress and results, and stops the training.
        resume: keeps the members at work when the training is broken off, and takes them up.
        seconds: wall time after which the training ends where it stands, counted from the
            beginning of the first member, the loading of the trainer left out; members that are
            under way then end with the status "budget", and None stands for the others.
    """
    if choice.route == "fused":
        from learnscope import fused
        from learnscope.fused.crew import Store

        return fused.train_members(
            members,
            on_progress=listener.on_progress,
            on_result=listener.on_result,
            should_stop=listener.should_stop,
            seconds=seconds,
            store=Store(load=resume.load, save=resume.save),
        )
    return _one_by_one(members, listener, resume, seconds)


def _one_by_one(
    members: Sequence[Member], listener: Listener, resume: Resume, seconds: float | None
) -> list[Result | None]:
    import learnscope.training.update  # noqa: F401  (PyTorch is loaded before the clock starts)

    epochs, start = epochs_of(members), time.monotonic()
    results: list[Result | None] = [None] * len(members)
    for i in range(len(members)):
        left = None if seconds is None else seconds - (time.monotonic() - start)
        # The first is begun in any case, so that there is something to look at.
        if left is not None and left <= 0 and i > 0:
            break
        results[i] = _train_one(members[i], i, epochs, listener, resume, left)
    return results


def _train_one(
    member: Member,
    i: int,
    epochs: Sequence[int],
    listener: Listener,
    resume: Resume,
    seconds: float | None,
) -> Result:
    from learnscope.training.loop import train_member

    before, total = sum(epochs[:i]), sum(epochs)

    def report(progress: Progress) -> None:
        listener.on_progress(
            Progress(
                done=before + progress.done,
                total=total,
                members_done=i,
                members=len(epochs),
                message=progress.message,
            )
        )

    result = train_member(
        member,
        on_progress=report,
        should_stop=listener.should_stop,
        resume=resume.load(member),
        save=lambda state: resume.save(member, state),
        seconds=seconds,
    )
    listener.on_result(result)
    return result
